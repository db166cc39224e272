import type { Program } from "../lib/types";

const family = `
  const v = Number(config.get("v") ?? 1);
  const fresh = config.get("fresh");
  const a = new Thing("a", { size: v });
  const b = new Thing("b", { of: a.id, size: v });
  const c = new Thing("c", { of: b.id, size: v });
  const side = new Thing("side", { size: v });
  if (fresh) {
    const made = new Thing("made", {});
    new Thing("leaning", { of: made.id });
  }`;

export const operations: Program[] = [
  {
    name: "--target",
    program: family,
    steps: [
      {
        do: "up",
        because: "only targets are created, with providers and the stack",
        options: { targets: ["side"] },
        expect: { steps: ["create side"], state: { a: null, b: null } },
      },
      { do: "up", because: "the rest is created", expect: { steps: ["create a", "create b", "create c"] } },
      {
        do: "preview",
        because: "a preview shows only the target",
        config: { v: "2" },
        options: { targets: ["b"] },
        expect: { steps: ["update b"] },
      },
      {
        do: "up",
        because: "a resource that is not a target keeps its old state, unchecked",
        options: { targets: ["b"] },
        expect: {
          steps: ["update b"],
          counts: { same: 4 },
          state: { a: { inputs: { size: 1 } }, b: { inputs: { size: 2 } }, c: { inputs: { size: 1 } } },
          never: ["check a", "check c", "diff a", "diff c"],
        },
      },
      {
        do: "up",
        because: "--target-dependents adds resources that depend on the targets",
        config: { v: "3" },
        options: { targets: ["b"], targetDependents: true },
        expect: {
          steps: ["update b", "update c"],
          state: { a: { inputs: { size: 1 } }, c: { inputs: { size: 3 } } },
        },
      },
      {
        do: "up",
        because:
          "a target that depends on a new resource outside the targets is rejected (engine.md §6, targets)",
        config: { v: "3", fresh: "yes" },
        options: { targets: ["leaning"] },
        expect: { exit: 1, errors: /made/, state: { made: null, leaning: null } },
      },
      {
        do: "up",
        because: "globs match URNs",
        options: { targets: ["**::*a*"] },
        expect: {
          state: { made: { id: "made-1" }, leaning: { id: "leaning-1" }, c: { inputs: { size: 3 } } },
        },
      },
      {
        do: "destroy",
        because: "dependants of a deleted target must be targets as well",
        options: { targets: ["b"] },
        expect: { exit: 1, errors: /::c/, never: ["delete *"], state: { b: { id: "b-1" } } },
      },
      {
        do: "destroy",
        because: "or --target-dependents must include them",
        options: { targets: ["b"], targetDependents: true },
        differs: ["targetDependants"],
        expect: {
          steps: ["delete c", "delete b"],
          order: [["end delete c", "start delete b"]],
          state: { a: { id: "a-1" }, b: null, c: null, side: { id: "side-1" } },
        },
      },
      {
        do: "refresh",
        because: "a refresh can have targets too",
        before: (project) => {
          project.drift("side-1", { size: 9 });
          project.drift("a-1", { size: 9 });
        },
        options: { targets: ["side"] },
        expect: { steps: ["update side"], never: ["read a"], state: { side: { outputs: { size: 9 } } } },
      },
    ],
  },
  {
    name: "--replace",
    program: family,
    steps: [
      { do: "up", because: "all resources are created", expect: { counts: { create: 5 } } },
      {
        do: "up",
        because:
          "a resource is replaced although nothing changed, and users of its id are updated (engine.md §6.7)",
        options: { replace: ["b"] },
        expect: {
          steps: ["create-replacement b", "update c", "delete-replaced b"],
          counts: { same: 3 },
          state: { b: { id: "b-2" }, c: { id: "c-1", inputs: { of: "b-2" } } },
        },
      },
    ],
  },
  {
    name: "refresh",
    program: `
      const a = new Thing("a", { size: 1 });
      new Thing("b", { of: a.id }, { dependsOn: [a], deletedWith: a });
      new DynamicThing("dyn", { size: 1 });`,
    steps: [
      { do: "up", because: "all resources are created", expect: { counts: { create: 4 } } },
      {
        do: "refresh",
        because: "without drift nothing is found",
        options: { expectNoChanges: true },
        expect: { steps: [] },
        also: (seen, [before]) => expect(seen.state).toEqual(before?.state),
      },
      {
        do: "refresh",
        because: "drift is recorded in inputs and outputs of the state, and nothing else changes",
        before: (project) => {
          project.drift("a-1", { size: 5 });
          project.drift("dyn-1", { size: 6 });
        },
        expect: {
          steps: ["update a", "update dyn"],
          state: { a: { inputs: { size: 5 }, outputs: { size: 5 } }, dyn: { outputs: { size: 6 } } },
          never: ["update *", "create *", "delete *"],
        },
      },
      {
        do: "up",
        because: "the next up corrects it",
        expect: { steps: ["update a", "update dyn"], state: { a: { inputs: { size: 1 } } } },
      },
      {
        do: "refresh",
        because: "a missing resource is removed from the state, with all references to it",
        before: (project) => project.drift("a-1", undefined),
        expect: { steps: ["delete a"], state: { a: null, b: { id: "b-1" } } },
        also: (seen) => expect(JSON.stringify(seen.state.b)).not.toContain("::a"),
      },
      { do: "up", because: "it is created again", expect: { steps: ["create a", "update b"] } },
      {
        do: "up",
        because: "up --refresh does both in one run",
        before: (project) => {
          project.drift("a-2", undefined);
          project.drift("dyn-1", { size: 7 });
        },
        options: { refresh: true },
        expect: {
          state: {
            a: { id: "a-3" },
            b: { inputs: { of: "a-3" } },
            dyn: { inputs: { size: 1 }, outputs: { size: 1 } },
          },
          cloud: ["a", "b", "dyn"],
        },
      },
      {
        do: "refresh",
        because:
          "a resource with initialization errors causes a warning, and its errors are kept (engine.md §7)",
        faults: [{ on: "read", name: "b", mode: "init", message: "no heartbeat" }],
        expect: { state: { b: { id: "b-1", initErrors: ["no heartbeat"] } }, warnings: /no heartbeat/ },
      },
      {
        do: "up",
        because: "a resource with initialization errors is updated",
        expect: { steps: ["update b"], hidden: ["initErrors"] },
      },
      {
        do: "refresh",
        because: "a provider error fails the refresh, and nothing is lost",
        faults: [{ on: "read", name: "a", mode: "fail" }],
        expect: { exit: 1, errors: /refuses to read a/, state: { a: { id: "a-3" } } },
      },
    ],
  },
  {
    name: "destroy",
    program: `
      const group = new Group("group", {});
      const a = new Thing("a", {}, { parent: group });
      const b = new Thing("b", { of: a.id }, { parent: group });
      new Thing("c", {}, { parent: b });
      new Thing("side", {});`,
    steps: [
      { do: "up", because: "all resources are created", expect: { counts: { create: 6 } } },
      {
        do: "destroy",
        because: "a resource that cannot be deleted stays, with everything it depends on",
        faults: [{ on: "delete", name: "b", mode: "fail", message: "still in use" }],
        expect: {
          exit: 1,
          errors: /still in use/,
          state: { b: { id: "b-1" }, a: { id: "a-1" }, group: { custom: false }, c: null },
          order: [["end delete c", "start delete b"]],
          never: ["delete a"],
        },
      },
      {
        do: "destroy",
        because: "children are deleted before parents, users before their dependencies",
        expect: { order: [["end delete b", "start delete a"]] },
        also: (seen) => expect(seen.stateOrder).toEqual([]),
      },
      { do: "destroy", because: "an empty stack stays empty", expect: { steps: [] } },
      { do: "up", because: "resources can be created in it again", expect: { counts: { create: 6 } } },
    ],
  },
  {
    name: "StackReference",
    program: `
      const stack = pulumi.getStack();
      if (stack === "dev") {
        const own = new Thing("own", { size: Number(config.get("size") ?? 1) });
        exports.size = own.size;
        exports.key = own.key;
      } else {
        const dev = new pulumi.StackReference("organization/proj/dev");
        exports.size = dev.getOutput("size");
        exports.key = dev.requireOutput("key");
        exports.none = dev.getOutput("none");
        new Thing("mine", { of: dev.getOutput("size") });
      }`,
    steps: [
      {
        do: "up",
        because: "one stack exports a secret",
        expect: { outputs: { size: 1, key: "key of own" } },
      },
      {
        do: "up",
        stack: "other",
        because: "a stack reference reads the outputs of another stack of the backend, secrets as secrets",
        expect: {
          outputs: { size: 1, key: "key of own" },
          state: {
            mine: { inputs: { of: 1 } },
            "organization/proj/dev": { type: "pulumi:pulumi:StackReference", external: true },
            "proj-other": { outputs: { key: { secret: "key of own" } } },
          },
          hidden: ["key of own"],
          cloud: ["mine", "own"],
        },
      },
      {
        do: "up",
        because: "the first stack changes",
        config: { size: "4" },
        expect: { steps: ["update own"], cloud: ["mine", "own"] },
      },
      {
        do: "up",
        stack: "other",
        because: "a reference is read again in every run",
        expect: { outputs: { size: 4, key: "key of own" }, cloud: ["mine", "own"] },
      },
      {
        do: "destroy",
        stack: "other",
        because: "destroy does not delete resources that were only read",
        expect: { never: ["delete own"], cloud: ["own"] },
      },
    ],
  },
];
