import type { Program } from "../lib/types";

export const decisions: Program[] = [
  {
    name: "create, same, update, replace, delete",
    program: `
      const step = config.get("step") ?? "first";
      const base = new Thing("base", { size: step === "update" ? 2 : 1, zone: step === "replace" ? "north" : "south" });
      if (step !== "remove") new Thing("leaf", { of: base.id });
      exports.baseId = base.id;`,
    fresh: true,
    steps: [
      {
        do: "preview",
        because: "a preview plans everything, sends only preview calls and writes nothing",
        expect: { steps: ["create base", "create leaf"], counts: { create: 3 }, cloud: [] },
        also: (seen, _earlier, project) => {
          expect(project.backendFiles()).toEqual([]);
          expect(project.read("Pulumi.dev.yaml")).not.toContain("encryptionsalt");
          expect(
            seen.log.filter((call) => call.at === "start" && call.call === "create" && !call.preview),
          ).toEqual([]);
        },
      },
      {
        do: "up",
        because: "a resource that depends on an output waits for it",
        expect: {
          steps: ["create base", "create leaf"],
          counts: { create: 3 },
          order: [["end create base", "start create leaf"]],
          state: {
            base: { id: "base-1", custom: true, outputs: { token: "token of base" } },
            leaf: { inputs: { of: "base-1" }, dependencies: [expect.stringContaining("::base")] },
          },
          outputs: { baseId: "base-1" },
        },
      },
      {
        do: "up",
        because: "without changes only Check and Diff are called, and the state stays the same",
        options: { expectNoChanges: true },
        expect: { steps: [], counts: { same: 3 }, never: ["create *", "update *", "delete *"] },
        also: (seen, [, before]) => expect(seen.state).toEqual(before?.state),
      },
      {
        do: "preview",
        because: "a preview with changes ends with exit code 7 if none are expected (engine.md §10)",
        config: { step: "update" },
        options: { expectNoChanges: true },
        expect: { exit: 7, errors: /no changes were expected/, steps: ["update base"] },
      },
      {
        do: "up",
        because: "a changed input is an update in place, with the same id",
        expect: {
          steps: ["update base"],
          counts: { update: 1, same: 2 },
          state: { base: { id: "base-1", inputs: { size: 2 } } },
        },
      },
      {
        do: "up",
        because: "the replacement is created, then dependants are updated, then the old resource is deleted",
        config: { step: "replace" },
        expect: {
          steps: ["create-replacement base", "update leaf", "delete-replaced base"],
          order: [
            ["end create base", "start update leaf"],
            ["end update leaf", "start delete base"],
          ],
          state: { base: { id: "base-2", inputs: { zone: "north", size: 1 } }, "base (delete)": null },
          outputs: { baseId: "base-2" },
        },
      },
      {
        do: "up",
        because: "a resource that is no longer in the program is deleted at the end",
        config: { step: "remove" },
        expect: {
          steps: ["create-replacement base", "delete-replaced base", "delete leaf"],
          state: { leaf: null },
        },
      },
      {
        do: "destroy",
        because: "destroy empties cloud and state and removes the stack's outputs",
        expect: { steps: ["delete base"] },
        also: (seen, _earlier, project) => {
          expect(seen.stateOrder).toEqual([]);
          const kept = project.backendFiles();
          for (const part of ["history/proj/dev", "backups/proj/dev", "stacks/proj/dev.json"])
            expect(kept).toContain(part);
          expect(kept.filter((file) => /^locks\/.*json$/.test(file))).toEqual([]);
        },
      },
    ],
  },
  {
    name: "components and their outputs",
    program: `
      const step = config.get("step") ?? "first";
      const outer = new Group("outer", { size: step === "first" ? 1 : 2 });
      if (step !== "gone") {
        const inner = new Group("inner", {}, { parent: outer });
        const leaf = new Thing("leaf", { size: 1 }, { parent: inner });
        inner.register({ leafId: leaf.id });
      }
      outer.register({ step });
      exports.step = step;`,
    steps: [
      {
        do: "up",
        because:
          "components are in the state with their inputs and registered outputs, without provider or id",
        expect: {
          steps: ["create outer", "create inner", "create leaf"],
          state: {
            outer: { custom: false, inputs: { size: 1 }, outputs: { step: "first" } },
            inner: {
              custom: false,
              outputs: { leafId: "leaf-1" },
              parent: expect.stringContaining("::outer"),
            },
            leaf: {
              urn: "urn:pulumi:dev::proj::toy:index:Group$toy:index:Group$toy:index:Thing::leaf",
              parent: expect.stringContaining("::inner"),
            },
          },
        },
        also: (seen) => expect(seen.state.outer).not.toHaveProperty("provider"),
      },
      {
        do: "up",
        because: "a component with changed inputs is updated, without a call to any provider",
        config: { step: "second" },
        expect: {
          steps: ["update outer"],
          counts: { update: 1, same: 3 },
          state: { outer: { inputs: { size: 2 }, outputs: { step: "second" } } },
          never: ["update *"],
        },
      },
      {
        do: "up",
        because: "children are deleted before their parents",
        config: { step: "gone" },
        expect: {
          steps: ["delete leaf", "delete inner"],
          counts: { delete: 2 },
          state: { inner: null, leaf: null },
        },
        also: (seen) => expect(seen.steps).toEqual(["delete leaf", "delete inner"]),
      },
    ],
  },
  {
    name: "invalid registrations",
    program: `
      const step = config.get("step") ?? "first";
      new Thing("good", { size: 1 });
      if (step === "twice") new Thing("good", { size: 2 });
      if (step === "invalid") new Thing("bad", { label: "invalid" });`,
    steps: [
      { do: "up", because: "one resource exists", expect: { steps: ["create good"] } },
      {
        do: "up",
        because: "a URN may be registered only once in a run (engine.md §6.1)",
        config: { step: "twice" },
        differs: ["duplicateRegistration"],
        expect: { exit: 1, errors: /[Dd]uplicate resource URN .*::good.*try giving it a unique name/s },
      },
      {
        do: "up",
        because: "failures of Check name the property and reason; nothing is created or deleted",
        config: { step: "invalid" },
        differs: ["duplicateRegistration"],
        expect: {
          exit: 1,
          errors: /property label with value "invalid" has a problem: must not be invalid/,
          state: { bad: null },
        },
      },
      {
        do: "preview",
        because: "a preview rejects invalid inputs too",
        differs: ["duplicateRegistration"],
        expect: { exit: 1, errors: /must not be invalid/ },
      },
    ],
  },
  {
    name: "a provider that leaves the difference open",
    program: `
      const size = Number(config.get("size") ?? 1);
      new Thing("open", { opaque: true, nested: { size }, hush: config.getSecret("hush") ?? pulumi.secret("s3cret") });
      new DynamicThing("dynamic", { opaque: true, size });`,
    steps: [
      {
        do: "up",
        because: "both resources are created",
        expect: { steps: ["create open", "create dynamic"], hidden: ["s3cret"] },
      },
      {
        do: "up",
        because: "equal inputs are no change, secret or not (engine.md §4.2, Diff UNKNOWN)",
        expect: { steps: [], counts: { same: 3 } },
      },
      {
        do: "up",
        because: "different inputs are an update",
        config: { size: "2" },
        expect: { steps: ["update open", "update dynamic"] },
      },
      {
        do: "up",
        because: "secrets are compared by their values",
        config: { size: "2", hush: { secret: "0ther" } },
        expect: { steps: ["update open"], hidden: ["s3cret", "0ther"] },
      },
    ],
  },
  {
    name: "generated names",
    program: `
      new Thing("auto", { named: true, size: Number(config.get("size") ?? 1), zone: config.get("zone") ?? "south" });`,
    steps: [
      { do: "up", because: "Check may complete the inputs", expect: { steps: ["create auto"] } },
      {
        do: "up",
        because: "Check receives the old inputs on an update, so that a generated name stays",
        config: { size: "2" },
        expect: { steps: ["update auto"] },
        also: (seen, [first]) => expect(physicalName(seen)).toBe(physicalName(first)),
      },
      {
        do: "up",
        because: "a replacement is checked without the old inputs, so it gets another name (engine.md §6.8)",
        config: { size: "2", zone: "north" },
        expect: { steps: ["create-replacement auto", "delete-replaced auto"] },
        also: (seen, [first]) => expect(physicalName(seen)).not.toBe(physicalName(first)),
      },
    ],
  },
];

/** The generated name, from the state's text, since the normalised state omits it. */
function physicalName(seen: { stateText: string } | undefined): string | undefined {
  return /"physical":\s*"([^"]+)"/.exec(seen?.stateText ?? "")?.[1];
}
