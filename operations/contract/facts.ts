/** Every assumption about Azure that no official client checks, by area. Pure data: `local/cloud/rules` reads it too. */
import type { Fact } from "./fact";
import { ANSWER_FACTS } from "./facts/answers";
import { ARM_FACTS } from "./facts/arm";
import { CAPACITY_FACTS } from "./facts/capacity";
import { DATA_FACTS } from "./facts/data";
import { ENDPOINT_FACTS } from "./facts/endpoints";
import { IDENTITY_FACTS } from "./facts/identity";
import { IMMUTABILITY_FACTS } from "./facts/immutability";
import { JOB_FACTS } from "./facts/jobs";
import { LIFECYCLE_FACTS } from "./facts/lifecycle";
import { MONITORING_FACTS } from "./facts/monitoring";
import { NAME_FACTS } from "./facts/names";
import { REGISTRY_FACTS } from "./facts/registry";
import { SOFT_DELETE_FACTS } from "./facts/softDelete";
import { TRAFFIC_FACTS } from "./facts/traffic";
import { VERSION_FACTS } from "./facts/versions";

export const AREAS = {
  Names: NAME_FACTS,
  Capacity: CAPACITY_FACTS,
  "Immutable properties": IMMUTABILITY_FACTS,
  Traffic: TRAFFIC_FACTS,
  Monitoring: MONITORING_FACTS,
  "Order of operations": LIFECYCLE_FACTS,
  "Soft delete": SOFT_DELETE_FACTS,
  "API versions": VERSION_FACTS,
  "Azure Resource Manager": ARM_FACTS,
  "Jobs and runs": JOB_FACTS,
  Registries: REGISTRY_FACTS,
  "Data and storage": DATA_FACTS,
  "Clusters, endpoints and scoring": ENDPOINT_FACTS,
  "Identity and tags": IDENTITY_FACTS,
  "Members of answers": ANSWER_FACTS,
} as const;

export type Area = keyof typeof AREAS;

const ALL = {
  ...NAME_FACTS,
  ...CAPACITY_FACTS,
  ...IMMUTABILITY_FACTS,
  ...TRAFFIC_FACTS,
  ...MONITORING_FACTS,
  ...LIFECYCLE_FACTS,
  ...SOFT_DELETE_FACTS,
  ...VERSION_FACTS,
  ...ARM_FACTS,
  ...JOB_FACTS,
  ...REGISTRY_FACTS,
  ...DATA_FACTS,
  ...ENDPOINT_FACTS,
  ...IDENTITY_FACTS,
  ...ANSWER_FACTS,
} as const;

export type FactId = keyof typeof ALL;

export const FACTS: Readonly<Record<FactId, Fact>> = ALL;
