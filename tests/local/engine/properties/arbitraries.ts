import fc from "fast-check";
import type { FaultKind, Method } from "./cloud";
import type { Edit, Spec } from "./edits";
import type { Kill } from "./world";

const index = fc.nat({ max: 11 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq });

const spec: fc.Arbitrary<Spec> = fc.record({
  component: fc.nat({ max: 4 }).map((n) => n === 4),
  parent: maybe(index),
  value: fc.nat({ max: 2 }),
  zone: fc.nat({ max: 1 }),
  link: maybe(index),
  linkOutput: fc.constantFrom("self", "echo"),
  pin: maybe(index, 1),
  dependsOn: fc.array(index, { maxLength: 2 }),
  nature: fc.constantFrom<Spec["nature"][]>("plain", "slot", "protect", "retain", "deletedWith"),
  deleteBeforeReplace: maybe(fc.boolean(), 1),
  replaceOnChanges: fc.constantFrom<string[]>([], [], ["value"], ["*"]),
  ignoreChanges: fc.constantFrom<string[]>([], [], [], ["value"], ["zone"]),
  secret: fc.boolean(),
});

const identity = (name: "rename" | "retype" | "move"): fc.Arbitrary<Edit> =>
  fc.record({ do: fc.constant(name), target: index, to: index, alias: fc.boolean() });
const reference = (name: "link" | "pin"): fc.Arbitrary<Edit> =>
  fc.record({ do: fc.constant(name), target: index, from: maybe(index, 4) });
const change = (name: "value" | "zone"): fc.Arbitrary<Edit> =>
  fc.record({ do: fc.constant(name), target: index, to: fc.nat({ max: 3 }) });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ do: fc.constant("add" as const), spec }),
  fc.record({ do: fc.constant("remove" as const), target: index }),
  change("value"),
  change("zone"),
  change("zone"),
  reference("link"),
  reference("pin"),
  identity("rename"),
  identity("retype"),
  identity("move"),
  fc.record({ do: fc.constant("options" as const), target: index, spec }),
);

const methods: Record<Method, FaultKind[]> = {
  check: ["refuse"],
  diff: ["refuse"],
  create: ["refuse", "lost", "ghost", "partial"],
  update: ["refuse", "lost", "ghost", "partial"],
  delete: ["refuse", "lost", "ghost"],
  read: ["refuse", "partial"],
};
export type PlannedFault = { method: Method; kind: FaultKind; target: number };
const fault: fc.Arbitrary<PlannedFault> = fc
  .constantFrom(...(Object.keys(methods) as Method[]))
  .chain((method) =>
    fc.record({ method: fc.constant(method), kind: fc.constantFrom(...methods[method]), target: index }),
  );

const kill: fc.Arbitrary<Kill> = fc.record({
  at: fc.constantFrom("write", "call"),
  count: fc.integer({ min: 1, max: 12 }),
  phase: fc.constantFrom("before", "after"),
  finishes: fc.boolean(),
});

export type Round = {
  edits: Edit[];
  operation: "up" | "refresh" | "destroy" | "preview";
  /** `up --refresh`. */
  refresh: boolean;
  parallel: number;
  delays: number[];
};
const round: fc.Arbitrary<Round> = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  operation: fc.constantFrom("up", "up", "up", "up", "refresh", "preview", "destroy"),
  refresh: fc.nat({ max: 4 }).map((n) => n === 4),
  parallel: fc.constantFrom(16, 16, 2, 1),
  delays: fc.constantFrom([], [0, 3, 1], [2, 0, 0, 5]),
});

/** A program and a few rounds of edits, each followed by an operation. */
export const history = (rounds: number): fc.Arbitrary<{ specs: Spec[]; rounds: Round[] }> =>
  fc.record({
    specs: fc.array(spec, { minLength: 1, maxLength: 7 }),
    rounds: fc.array(round, { minLength: 1, maxLength: rounds }),
  });

/** Faults and kills of the rounds, in order. */
export const disturbances: fc.Arbitrary<{ faults: PlannedFault[]; kill: Kill | undefined }[]> = fc.array(
  fc.record({ faults: fc.array(fault, { maxLength: 2 }), kill: maybe(kill, 2) }),
  { minLength: 1, maxLength: 3 },
);
