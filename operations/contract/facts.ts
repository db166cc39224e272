/** Every assumption about Azure that no official client checks, by area. Pure data: `local/cloud/rules` reads it too. */
import type { Fact } from "./fact";
import { CAPACITY_FACTS } from "./facts/capacity";
import { IMMUTABILITY_FACTS } from "./facts/immutability";
import { LIFECYCLE_FACTS } from "./facts/lifecycle";
import { NAME_FACTS } from "./facts/names";
import { TRAFFIC_FACTS } from "./facts/traffic";

export const AREAS = {
  Names: NAME_FACTS,
  Capacity: CAPACITY_FACTS,
  "Immutable properties": IMMUTABILITY_FACTS,
  Traffic: TRAFFIC_FACTS,
  "Order of operations": LIFECYCLE_FACTS,
} as const;

export type Area = keyof typeof AREAS;

const ALL = {
  ...NAME_FACTS,
  ...CAPACITY_FACTS,
  ...IMMUTABILITY_FACTS,
  ...TRAFFIC_FACTS,
  ...LIFECYCLE_FACTS,
} as const;

export type FactId = keyof typeof ALL;

export const FACTS: Readonly<Record<FactId, Fact>> = ALL;
