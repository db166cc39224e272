import type { Fact } from "./fact";
import { type Area, AREAS, FACTS, type FactId } from "./facts";
import type { Probe } from "./probe";
import { ANSWER_PROBES } from "./probes/answers";
import { ARM_PROBES } from "./probes/arm";
import { CAPACITY_PROBES } from "./probes/capacity";
import { DATA_PROBES } from "./probes/data";
import { ENDPOINT_PROBES } from "./probes/endpoints";
import { IDENTITY_PROBES } from "./probes/identity";
import { IMMUTABILITY_PROBES } from "./probes/immutability";
import { JOB_PROBES } from "./probes/jobs";
import { LIFECYCLE_PROBES } from "./probes/lifecycle";
import { MONITORING_PROBES } from "./probes/monitoring";
import { NAME_PROBES } from "./probes/names";
import { REGISTRY_PROBES } from "./probes/registry";
import { SOFT_DELETE_PROBES } from "./probes/softDelete";
import { TRAFFIC_PROBES } from "./probes/traffic";
import { VERSION_PROBES } from "./probes/versions";

/** One assumption with the calls that settle it. */
export interface Assumption extends Fact {
  readonly id: FactId;
  readonly area: Area;
  readonly probe: Probe;
}

const PROBES: Readonly<Record<FactId, Probe>> = {
  ...NAME_PROBES,
  ...CAPACITY_PROBES,
  ...IMMUTABILITY_PROBES,
  ...TRAFFIC_PROBES,
  ...MONITORING_PROBES,
  ...LIFECYCLE_PROBES,
  ...SOFT_DELETE_PROBES,
  ...VERSION_PROBES,
  ...ARM_PROBES,
  ...JOB_PROBES,
  ...REGISTRY_PROBES,
  ...DATA_PROBES,
  ...ENDPOINT_PROBES,
  ...IDENTITY_PROBES,
  ...ANSWER_PROBES,
};

/** Every assumption, by area. */
export const TABLE: readonly Assumption[] = Object.entries(AREAS).flatMap(([area, facts]) =>
  Object.keys(facts).map((key) => {
    const id = key as FactId;
    return { id, area: area as Area, ...FACTS[id], probe: PROBES[id] };
  }),
);
