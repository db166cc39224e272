import * as fc from "fast-check";
import { type Mode, modes } from "../sweep/cases";
import { type FaultAt, type FaultKind, faultKinds, nameOf } from "../sweep/requests";

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
  /** Index into the sorted paths of the requests, taken modulo their number. */
  at: number;
  /** Which request with that path, from 1. A run that sends fewer is not struck. */
  ordinal: number;
}

export type Action =
  | { do: "up" | "refresh" | "destroy"; strike?: Strike | undefined }
  | { do: "preview" }
  | { do: "edit"; setting: Setting; value: number }
  | { do: "drift"; what: DriftKind };

const strike = fc.option(
  fc.record({
    kind: fc.constantFrom(...faultKinds),
    at: fc.nat({ max: 400 }),
    ordinal: fc.integer({ min: 1, max: 3 }),
  }),
  {
    nil: undefined,
  },
);

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

/** The life of a stack. */
export interface HistoryPlan {
  mode: Mode;
  actions: Action[];
}

/** Histories of a stack, at most `longest` actions. A shorter one is simpler, and one without another's workspace. */
export const histories = (longest: number): fc.Arbitrary<HistoryPlan> =>
  fc.record({
    mode: fc.constantFrom(...modes),
    actions: fc.array(action, { minLength: 1, maxLength: longest, size: "max" }),
  });

/** Paths that a fault of an operation can strike. */
export type StruckPaths = Readonly<Record<"up" | "refresh" | "destroy", readonly string[]>>;

/** The fault of a strike, among the paths that can be struck. */
export function faultOf({ kind, at, ordinal }: Strike, paths: readonly string[]): FaultAt {
  return { kind, path: paths[at % paths.length] ?? "", ordinal };
}

/** One action for people. */
export function describeAction(given: Action, paths: StruckPaths): string {
  if (given.do === "edit") {
    const values = settings[given.setting];
    return `edit ${given.setting}: ${JSON.stringify(values[given.value % values.length])}`;
  }
  if (given.do === "drift") return `drift: ${given.what}`;
  if (given.do === "preview" || !given.strike) return given.do;
  return `${given.do} with ${given.strike.kind} at ${nameOf(faultOf(given.strike, paths[given.do]))}`;
}
