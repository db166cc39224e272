import { conform } from "./lib/conform";

conform([
  {
    name: "create, same, update, replace, delete",
    program: `
      const step = config.get("step") ?? "first";
      const base = new Thing("base", { size: step === "update" ? 2 : 1, zone: step === "replace" ? "north" : "south" });
      if (step !== "remove") new Thing("leaf", { of: base.id });
      exports.baseId = base.id;`,
    steps: [
      {
        do: "preview",
        because: "a preview plans everything, asks for previews only and writes nothing (engine.md §7)",
        expect: {
          steps: ["create base", "create leaf"],
          counts: { create: 3 },
          state: { base: null },
          cloud: [],
        },
        also: (seen) => {
          expect(seen.stateText).toBe("");
          expect(
            seen.log
              .filter(({ call }) => call === "create")
              .every(({ preview }) => preview === true || preview === undefined),
          ).toBe(true);
        },
      },
      {
        do: "up",
        because: "what leans on an output waits for it (engine.md §6)",
        expect: {
          steps: ["create base", "create leaf"],
          counts: { create: 3 },
          order: [["end create base", "start create leaf"]],
          state: {
            base: { id: "base-1", custom: true },
            leaf: {
              inputs: { of: "base-1" },
              propertyDependencies: { of: [expect.stringContaining("::base")] },
            },
          },
          outputs: { baseId: "base-1" },
        },
      },
      {
        do: "up",
        because: "nothing changed: nothing is called but Check and Diff",
        options: { expectNoChanges: true },
        expect: { steps: [], counts: { same: 3 }, never: ["create *", "update *", "delete *"] },
        also: (seen, [, before]) => expect(seen.state).toEqual(before?.state),
      },
      {
        do: "up",
        because: "a changed input is an update in place, with the same id",
        config: { step: "update" },
        expect: {
          steps: ["update base"],
          counts: { update: 1, same: 2 },
          state: { base: { id: "base-1", inputs: { size: 2 } } },
        },
      },
      {
        do: "up",
        because:
          "a replacement is made, then what leans on it is changed, then the old one is deleted (engine.md §6.8)",
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
        because: "what the program no longer has is deleted at the end",
        config: { step: "remove" },
        expect: {
          steps: ["create-replacement base", "delete-replaced base", "delete leaf"],
          state: { leaf: null },
        },
      },
      {
        do: "destroy",
        because: "destroy empties cloud and state",
        expect: { steps: ["delete base"], state: { base: null } },
        also: (seen) => expect(seen.stateOrder).toEqual([]),
      },
    ],
  },
]);
