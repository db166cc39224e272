import type { Program } from "../lib/types";

export const options: Program[] = [
  {
    name: "ignoreChanges",
    program: `
      const v = Number(config.get("v") ?? 1);
      const wide = config.get("wide") ? ["nested.b[*]", "list[*].a"] : [];
      new Thing("thing", { size: v, nested: { a: v, b: [v, v] }, list: [{ a: v, b: 1 }], ...(v > 1 ? { added: v } : {}) },
        { ignoreChanges: ["size", "added", "nested.a", "nested.b[0]", ...wide] });`,
    steps: [
      {
        do: "up",
        because: "a creation uses all inputs",
        expect: { state: { thing: { inputs: { size: 1 } } } },
      },
      {
        do: "up",
        because: "the old input is kept at each path, and no new input is added there (engine.md §6.3)",
        config: { v: "2" },
        expect: {
          steps: ["update thing"],
          state: { thing: { inputs: { size: 1, nested: { a: 1, b: [1, 2] }, list: [{ a: 2, b: 1 }] } } },
        },
        also: (seen) => expect(seen.state.thing?.inputs).not.toHaveProperty("added"),
      },
      {
        do: "up",
        because: "wildcards cover every element",
        config: { v: "3", wide: "yes" },
        expect: { steps: [], counts: { same: 2 } },
      },
      {
        do: "refresh",
        because: "drift of an ignored property is not a change, but is recorded",
        before: (project) => project.drift("thing-1", { size: 7 }),
        options: { expectNoChanges: true },
        differs: ["ignoredDrift"],
        expect: { steps: [], state: { thing: { outputs: { size: 7 } } } },
      },
    ],
  },
  {
    name: "protect",
    program: `
      const step = config.get("step") ?? "first";
      const args = { size: step === "update" ? 2 : 1, zone: step === "replace" ? "north" : "south" };
      if (step !== "gone") new Thing("safe", args, { protect: step !== "free" });`,
    steps: [
      {
        do: "up",
        because: "the state records the protection",
        expect: { state: { safe: { protect: true } } },
      },
      {
        do: "up",
        because: "a protected resource may change in place",
        config: { step: "update" },
        expect: { steps: ["update safe"] },
      },
      {
        do: "up",
        because: "it may not be replaced (engine.md §6.8)",
        config: { step: "replace" },
        expect: {
          exit: 1,
          errors: /unable to replace resource .*::safe.*protect/s,
          steps: [],
          never: ["create *"],
        },
      },
      {
        do: "preview",
        because: "a preview shows the replacement together with the error",
        expect: { exit: 1, errors: /unable to replace resource/, counts: { replace: 1 } },
      },
      {
        do: "up",
        because: "it may not be deleted (engine.md §6, deletes)",
        config: { step: "gone" },
        expect: {
          exit: 1,
          errors: /::safe.*cannot be deleted.*protect/s,
          state: { safe: { protect: true } },
        },
      },
      {
        do: "destroy",
        because: "not even by destroy",
        expect: { exit: 1, errors: /cannot be deleted/, state: { safe: { id: "safe-1" } } },
      },
      {
        do: "up",
        because: "without the option it is no longer protected",
        config: { step: "free" },
        expect: { steps: ["update safe"], state: { safe: { inputs: { size: 1 } } } },
        also: (seen) => expect(seen.state.safe).not.toHaveProperty("protect"),
      },
      { do: "destroy", because: "it can be deleted", expect: { steps: ["delete safe"] } },
    ],
  },
  {
    name: "protect and retainOnDelete are inherited",
    program: `
      const group = new Group("group", {}, { protect: true });
      new Thing("child", {}, { parent: group });
      new Thing("free", {}, { parent: group, protect: false });
      const kept = new Group("kept", {}, { retainOnDelete: true });
      new Thing("keptChild", {}, { parent: kept });`,
    steps: [
      {
        do: "up",
        because: "a child inherits options that it does not set",
        expect: {
          state: { group: { protect: true }, child: { protect: true }, keptChild: { retainOnDelete: true } },
        },
        also: (seen) => expect(seen.state.free).not.toHaveProperty("protect"),
      },
    ],
  },
  {
    name: "retainOnDelete and deletedWith",
    program: `
      const step = config.get("step") ?? "first";
      if (step === "first" || step === "zone") {
        const host = new Thing("host", {});
        new Thing("guest", { of: host.id }, { deletedWith: host });
      }
      if (step !== "last") {
        new Thing("kept", { zone: step === "first" ? "south" : "north" }, { retainOnDelete: true });
        const second = new Thing("second", {});
        if (step !== "gone") new Thing("other", {}, { deletedWith: second });
      }`,
    steps: [
      {
        do: "up",
        because: "the state records both options",
        expect: {
          state: {
            kept: { retainOnDelete: true },
            guest: { deletedWith: expect.stringContaining("::host") },
          },
        },
      },
      {
        do: "up",
        because: "a replaced resource is retained too",
        config: { step: "zone" },
        expect: {
          steps: ["create-replacement kept", "delete-replaced kept"],
          never: ["delete kept"],
          cloud: ["guest", "host", "kept", "kept", "other", "second"],
        },
      },
      {
        do: "up",
        because: "deletedWith omits the call only if its target is deleted too",
        config: { step: "gone" },
        expect: {
          steps: ["delete guest", "delete host", "delete other"],
          never: ["delete guest"],
          order: [["start delete other", "end delete other"]],
          cloud: ["guest", "kept", "kept", "second"],
        },
      },
      {
        do: "up",
        because: "a retained resource is removed from the state and stays in the cloud",
        config: { step: "last" },
        expect: {
          steps: ["delete kept", "delete second"],
          state: { kept: null },
          cloud: ["guest", "kept", "kept"],
        },
      },
    ],
  },
  {
    name: "dependsOn",
    program: `
      const group = new Group("group", {});
      const inside = new Thing("inside", {}, { parent: group });
      const a = new Thing("a", {});
      const b = new Thing("b", {}, { dependsOn: [a] });
      if (!config.get("gone")) new Thing("c", {}, { dependsOn: [b, group] });`,
    steps: [
      {
        do: "up",
        because: "a dependency without a property counts, and one on a component includes its children",
        faults: [{ on: "create", name: "a", ms: 60 }],
        expect: {
          order: [
            ["end create a", "start create b"],
            ["end create b", "start create c"],
            ["end create inside", "start create c"],
          ],
        },
        also: (seen) =>
          expect(seen.state.c?.dependencies).toEqual(
            expect.arrayContaining([expect.stringContaining("::b"), expect.stringContaining("::inside")]),
          ),
      },
      {
        do: "destroy",
        because: "deletions run in reverse order, layer by layer (engine.md §6, deletes)",
        expect: {
          steps: ["delete a", "delete b", "delete c", "delete inside", "delete group"],
          order: [
            ["end delete c", "start delete b"],
            ["end delete b", "start delete a"],
            ["end delete c", "start delete inside"],
          ],
        },
      },
    ],
  },
  {
    name: "customTimeouts",
    program: `
      const size = Number(config.get("size") ?? 1);
      const customTimeouts = { create: "1m30s", update: "2h", delete: "500ms" };
      new Thing("slow", { size }, { customTimeouts });
      new Thing("wrong", {}, config.get("wrong") ? { customTimeouts: { create: "soon" } } : {});`,
    steps: [
      {
        do: "up",
        because: "timeouts are passed in seconds and recorded, not enforced (engine.md §4.2)",
        expect: { state: { slow: { customTimeouts: { create: 90, update: 7200, delete: 0.5 } } } },
        also: (seen) => expect(timeoutOf(seen, "create").sort()).toEqual([0, 90]),
      },
      {
        do: "up",
        because: "an update gets its own timeout",
        config: { size: "2" },
        expect: { steps: ["update slow"] },
        also: (seen) => expect(timeoutOf(seen, "update")).toEqual([7200]),
      },
      {
        do: "up",
        because: "an invalid duration is rejected by name",
        config: { size: "2", wrong: "yes" },
        expect: { exit: 1, errors: /soon/ },
      },
      {
        do: "destroy",
        because: "a deletion gets the timeout in the state",
        expect: { steps: ["delete slow", "delete wrong"] },
        also: (seen) => expect(timeoutOf(seen, "delete").sort()).toEqual([0, 0.5]),
      },
    ],
  },
  {
    name: "additionalSecretOutputs",
    program: `
      const secrets = config.get("secrets") === "no" ? [] : ["token"];
      const thing = new Thing("thing", {}, { additionalSecretOutputs: secrets });
      new Thing("user", { of: thing.token });
      exports.token = thing.token;
      exports.place = thing.place;`,
    steps: [
      {
        do: "up",
        because: "the named outputs are secret in the state and for all their users",
        expect: {
          state: {
            thing: { outputs: { token: { secret: "token of thing" } }, additionalSecretOutputs: ["token"] },
            user: { inputs: { of: { secret: "token of thing" } } },
            "proj-dev": { outputs: { token: { secret: "token of thing" }, place: "place of nowhere" } },
          },
          hidden: ["token of thing"],
          outputs: { token: "token of thing", place: "place of nowhere" },
        },
      },
      {
        do: "up",
        because: "the same program causes no change",
        options: { expectNoChanges: true },
        expect: { steps: [] },
      },
    ],
  },
];

/** The timeouts of the calls of a step, in order. */
function timeoutOf(
  seen: { log: { at: string; call: string; timeout?: unknown }[] },
  call: string,
): unknown[] {
  return seen.log
    .filter((entry) => entry.at === "start" && entry.call === call)
    .map((entry) => entry.timeout);
}
