import * as fc from "fast-check";
import { type FaultKind, faultKinds } from "../sweep/requests";

/** Values that an edit chooses from, by setting. The first is that of the stack's own configuration. */
export const settings = {
  "finetune.learningRate": [0.005, 0.004],
  "dataset.splitPercent": [50, 60],
  "endpoint.instanceCount": [1, 2],
  "endpoint.enabled": [true, false],
  "finetune.onDestroy": ["archive", "keep", "delete"],
  tags: [{}, { team: "a" }],
} as const;

export type Setting = keyof typeof settings;

/** What somebody does outside the stack. */
const drifts = [
  "traffic set to 0",
  "endpoint deleted",
  "deployment deleted",
  "cluster deleted",
  "model version deleted",
  "data version deleted",
  "job deleted",
] as const;
export type DriftKind = (typeof drifts)[number];

/** A fault at one of the requests that an undisturbed life of a stack sends. */
export interface Strike {
  kind: FaultKind;
  /** Index into the requests, taken modulo their number. */
  at: number;
}

export type Action =
  | { do: "up" | "refresh" | "destroy"; strike?: Strike | undefined }
  | { do: "preview" }
  | { do: "edit"; setting: Setting; value: number }
  | { do: "drift"; what: DriftKind };

const strike = fc.option(fc.record({ kind: fc.constantFrom(...faultKinds), at: fc.nat({ max: 400 }) }), {
  nil: undefined,
});

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("up" as const), strike }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refresh" as const), strike }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("destroy" as const), strike }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("preview" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("edit" as const),
      setting: fc.constantFrom(...(Object.keys(settings) as Setting[])),
      value: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("drift" as const), what: fc.constantFrom(...drifts) }),
  },
);

/** Histories of a stack, at most `longest` actions. A shorter one is simpler. */
export const histories = (longest: number): fc.Arbitrary<Action[]> =>
  fc.array(action, { minLength: 1, maxLength: longest, size: "max" });

/** One action for people. */
export function describeAction(given: Action): string {
  if (given.do === "edit") return `edit ${given.setting} (value ${given.value})`;
  if (given.do === "drift") return `drift: ${given.what}`;
  if (given.do === "preview" || !given.strike) return given.do;
  return `${given.do} with ${given.strike.kind} at request ${given.strike.at}`;
}
