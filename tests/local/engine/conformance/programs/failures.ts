import type { Program } from "../lib/types";

export const failures: Program[] = [
  {
    name: "resources that do not come up",
    program: `
      const v = Number(config.get("v") ?? 1);
      const strict = config.get("strict") ? { replaceOnChanges: ["*"] } : {};
      const plugin = new Thing("plugin", { size: v }, strict);
      new DynamicThing("dynamic", { size: v });
      new Thing("after", { of: plugin.id });`,
    steps: [
      {
        do: "up",
        because: "a partial failure is recorded with id, outputs and reasons; the run fails (engine.md §4.2)",
        faults: [
          { on: "create", name: "plugin", mode: "init", message: "no heartbeat" },
          { on: "create", name: "dynamic", mode: "init", message: "no pulse" },
        ],
        options: { continueOnError: true },
        expect: {
          exit: 1,
          errors: /no heartbeat|no pulse/,
          state: {
            plugin: { id: "plugin-1", initErrors: ["no heartbeat"], outputs: { token: "token of plugin" } },
            dynamic: { id: "dynamic-1", initErrors: ["no pulse"], outputs: { made: true } },
            after: null,
          },
        },
      },
      {
        do: "preview",
        because: "a resource with initialization errors is updated even if nothing changed (engine.md §6.7)",
        expect: { steps: ["update plugin", "update dynamic", "create after"], cloud: ["dynamic", "plugin"] },
      },
      {
        do: "up",
        because: "it has no initialization errors after a successful update",
        expect: { steps: ["update plugin", "update dynamic", "create after"], hidden: ["initErrors"] },
      },
      {
        do: "up",
        because: "an update may partly fail too: the new outputs are recorded, and the old inputs are kept",
        config: { v: "2" },
        faults: [{ on: "update", name: "plugin", mode: "init", message: "no heartbeat" }],
        options: { continueOnError: true },
        expect: {
          exit: 1,
          errors: /no heartbeat/,
          state: {
            plugin: { inputs: { size: 1 }, outputs: { size: 2 }, initErrors: ["no heartbeat"] },
            dynamic: { inputs: { size: 2 } },
          },
        },
      },
      {
        do: "up",
        because: "a wildcard in replaceOnChanges includes initialization errors (engine.md §6.7)",
        config: { v: "2", strict: "yes" },
        expect: { steps: ["create-replacement plugin", "update after", "delete-replaced plugin"] },
      },
    ],
  },
  {
    name: "resources that do not depend on a failure continue",
    program: `
      const step = config.get("step") ?? "first";
      const bad = new Thing("bad", { size: step === "first" ? 1 : 2 });
      const needs = new Thing("needs", { of: bad.token });
      new Thing("further", {}, { dependsOn: [needs] });
      const group = new Group("group", {}, { dependsOn: [bad] });
      new Thing("inside", {}, { parent: group });
      const good = new Thing("good", { size: step === "first" ? 1 : 2 });
      new Thing("apart", { of: good.token });
      if (step === "first") new Thing("leaving", {});`,
    steps: [
      {
        do: "up",
        because: "independent resources are created, dependants are not started (--continue-on-error)",
        faults: [{ on: "create", name: "bad", mode: "fail" }],
        options: { continueOnError: true },
        differs: ["independentResources"],
        expect: {
          exit: 1,
          errors: /refuses to create bad/,
          state: {
            bad: null,
            needs: null,
            further: null,
            inside: null,
            good: { id: "good-1" },
            apart: { id: "apart-1" },
          },
          never: ["create needs", "create further", "create inside"],
        },
      },
      {
        do: "up",
        because: "the next run creates the rest",
        differs: ["independentResources"],
        expect: { counts: { create: 5, same: 4 } },
      },
      {
        do: "up",
        because: "a failed update keeps the old state; nothing is deleted after a failure",
        config: { step: "second" },
        faults: [{ on: "update", name: "bad", mode: "fail" }],
        options: { continueOnError: true },
        expect: {
          exit: 1,
          errors: /refuses to update bad/,
          steps: ["update good"],
          state: {
            bad: { inputs: { size: 1 }, outputs: { token: "token of bad" } },
            needs: { id: "needs-1" },
            further: { id: "further-1" },
            good: { inputs: { size: 2 } },
            leaving: { id: "leaving-1" },
          },
          never: ["delete *"],
        },
      },
      {
        do: "destroy",
        because: "a destroy continues after a failed deletion, and keeps what that resource depends on",
        faults: [{ on: "delete", name: "further", mode: "fail" }],
        options: { continueOnError: true },
        expect: {
          exit: 1,
          errors: /refuses to delete further/,
          state: {
            further: { id: "further-1" },
            needs: { id: "needs-1" },
            bad: { id: "bad-1" },
            good: null,
            apart: null,
          },
        },
      },
      { do: "destroy", because: "the next destroy deletes the rest", expect: { counts: { delete: 4 } } },
    ],
  },
  {
    name: "a failure stops the run",
    program: `
      const v = Number(config.get("v") ?? 1);
      const good = new Thing("good", { size: v });
      const bad = new Thing("bad", { of: good.id, size: v });
      const after = new Thing("after", { of: bad.id });
      if (v === 1) new Thing("leaving", {});
      exports.good = good.size;
      exports.bad = bad.size;
      exports.v = v;`,
    steps: [
      {
        do: "up",
        because: "a failed creation leaves nothing, and its dependants are not started (engine.md §7)",
        faults: [{ on: "create", name: "bad", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to create bad/,
          state: { good: { id: "good-1" }, bad: null, after: null },
          never: ["create after"],
        },
      },
      {
        do: "up",
        because: "the next run continues from there",
        expect: { steps: ["create bad", "create after"], outputs: { good: 1, bad: 1, v: 1 } },
      },
      {
        do: "up",
        because:
          "a failed update keeps the old inputs and outputs; old stack outputs stay; nothing is deleted",
        config: { v: "2" },
        faults: [{ on: "update", name: "bad", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to update bad/,
          state: {
            bad: { inputs: { size: 1 }, outputs: { size: 1 } },
            good: { inputs: { size: 2 } },
            leaving: { id: "leaving-1" },
          },
          never: ["delete *"],
        },
        also: (seen) => expect(seen.outputs).toMatchObject({ bad: 1 }),
      },
      {
        do: "up",
        because: "a step in progress when another fails is completed and recorded",
        config: { v: "3" },
        faults: [
          { on: "update", name: "bad", mode: "fail" },
          { on: "delete", name: "*", mode: "fail" },
        ],
        expect: { exit: 1, errors: /refuses to update bad/, state: { good: { inputs: { size: 3 } } } },
      },
    ],
  },
  {
    name: "errors of the program",
    // The SDK's inline programs, unlike programs with a process of their own, end with an error after a logged one.
    process: true,
    program: `
      const step = config.get("step") ?? "first";
      const thing = new Thing("thing", { size: step === "first" ? 1 : 2 });
      if (step === "first") new Thing("other", {});
      if (step === "run") throw new pulumi.RunError("first line\\nsecond line");
      if (step === "log") pulumi.log.error("not as it should be", thing);
      if (step === "apply") exports.broken = thing.id.apply(() => { throw new Error("broken promise"); });`,
    steps: [
      { do: "up", because: "the first run succeeds", expect: { steps: ["create thing", "create other"] } },
      {
        do: "up",
        because:
          "an error of the program fails the run, is shown unchanged, and deletes nothing (engine.md §1.4)",
        config: { step: "run" },
        expect: {
          exit: 1,
          errors: /first line\nsecond line/,
          never: ["delete *"],
          state: { other: { id: "other-1" } },
        },
      },
      {
        do: "up",
        because: "an error that the program logs is shown and counted, and fails nothing",
        config: { step: "log" },
        expect: {
          errors: /not as it should be/,
          steps: ["delete other"],
          state: { other: null },
        },
      },
      {
        do: "up",
        because: "an error in a callback fails the run, too",
        config: { step: "apply" },
        expect: {
          exit: 1,
          errors: /broken promise/,
          never: ["delete *"],
          state: { thing: { inputs: { size: 2 } } },
        },
      },
    ],
  },
];
