import type { Fact } from "./fact";
import { type Area, AREAS, FACTS, type FactId } from "./facts";
import type { Probe } from "./probe";
import { NAME_PROBES } from "./probes/names";

/** One assumption with the calls that settle it. */
export interface Assumption extends Fact {
  readonly id: FactId;
  readonly area: Area;
  readonly probe: Probe;
}

const PROBES: Partial<Record<FactId, Probe>> = { ...NAME_PROBES };

const missing: Probe = { notByCalls: "its calls are not written yet" };

/** Every assumption, by area. */
export const TABLE: readonly Assumption[] = Object.entries(AREAS).flatMap(([area, facts]) =>
  Object.keys(facts).map((key) => {
    const id = key as FactId;
    return { id, area: area as Area, ...FACTS[id], probe: PROBES[id] ?? missing };
  }),
);
