import type { Program } from "../lib/types";

const chain = `
  const zone = config.get("zone") ?? "south";
  const step = config.get("step");
  const root = new Thing("root", { zone, exclusive: true });
  const bound = new Thing("bound", { zone: root.place });
  if (step !== "short") new Thing("further", { zone: bound.place });
  new Thing("loose", { of: root.place });
  new Thing("apart", {});`;
const chainSteps = [
  "delete-replaced further",
  "delete-replaced bound",
  "delete-replaced root",
  "create-replacement root",
  "create-replacement bound",
  "create-replacement further",
  "update loose",
];

export const replacement: Program[] = [
  {
    name: "delete before replace, with dependants",
    program: chain,
    steps: [
      {
        do: "up",
        because: "all resources are created",
        expect: { counts: { create: 6 } },
      },
      {
        do: "preview",
        because: "a preview shows the whole chain and changes nothing",
        config: { zone: "north" },
        expect: { steps: chainSteps, counts: { replace: 3, update: 1, same: 2 }, never: ["delete *"] },
        also: (seen, [before]) => expect(seen.stateText).toBe(before?.stateText),
      },
      {
        do: "up",
        because: "dependants that must be replaced are deleted first, in reverse order; others are updated",
        expect: {
          steps: chainSteps,
          order: [
            ["end delete further", "start delete bound"],
            ["end delete bound", "start delete root"],
            ["end delete root", "start create root"],
            ["end create root", "start create bound"],
            ["end create bound", "start create further"],
          ],
          state: { root: { id: "root-2" }, further: { id: "further-2" }, apart: { id: "apart-1" } },
        },
      },
      {
        do: "up",
        because: "after a failure in between, the deleted resources are pending replacement",
        config: { zone: "east" },
        faults: [{ on: "create", name: "root", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to create root/,
          state: {
            root: { pendingReplacement: true, id: "root-2" },
            bound: { pendingReplacement: true },
            further: { pendingReplacement: true },
            loose: { id: "loose-1" },
          },
          cloud: ["apart", "loose"],
        },
      },
      {
        do: "preview",
        because: "the next run creates the replacements, without deleting again",
        differs: ["deletedOnce"],
        expect: {
          steps: [
            "create-replacement root",
            "create-replacement bound",
            "create-replacement further",
            "update loose",
          ],
          cloud: ["apart", "loose"],
        },
      },
      {
        do: "up",
        because:
          "a resource no longer in the program is removed from the state without a call (remove-pending-replace)",
        config: { zone: "east", step: "short" },
        differs: ["deletedOnce"],
        expect: {
          steps: ["create-replacement root", "create-replacement bound", "update loose"],
          state: { further: null, root: { id: "root-3", inputs: { zone: "east" } } },
          never: ["delete *"],
        },
      },
      {
        do: "up",
        because: "after that there are no changes",
        options: { expectNoChanges: true },
        expect: { steps: [], hidden: ["pendingReplacement"] },
      },
    ],
  },
  {
    name: "the option deleteBeforeReplace",
    program: `
      const zone = config.get("zone") ?? "south";
      new Thing("first", { zone }, { deleteBeforeReplace: true });
      new Thing("second", { zone, exclusive: true }, { deleteBeforeReplace: false });`,
    steps: [
      { do: "up", because: "both resources are created", expect: { counts: { create: 3 } } },
      {
        do: "up",
        because: "it overrides the provider in both directions (engine.md §6.8)",
        config: { zone: "north" },
        expect: {
          counts: { replace: 2 },
          order: [
            ["end delete first", "start create first"],
            ["end create second", "start delete second"],
          ],
        },
      },
    ],
  },
  {
    name: "resources replaced with their host",
    program: `
      const host = new Thing("host", { zone: config.get("zone") ?? "south" });
      new Thing("guest", { size: 1 }, { deletedWith: host });`,
    steps: [
      { do: "up", because: "both resources are created", expect: { counts: { create: 3 } } },
      {
        do: "up",
        because:
          "a resource with deletedWith is replaced with its host, and deleted without a call (engine.md §6.7)",
        config: { zone: "north" },
        expect: {
          steps: [
            "create-replacement host",
            "create-replacement guest",
            "delete-replaced guest",
            "delete-replaced host",
          ],
          never: ["delete guest"],
          cloud: ["guest", "guest", "host"],
        },
      },
    ],
  },
  {
    name: "a protected dependant",
    program: `
      const gate = new Thing("gate", { zone: config.get("zone") ?? "south", exclusive: true });
      new Thing("safe", { zone: gate.place }, { protect: true });`,
    steps: [
      { do: "up", because: "both resources are created", expect: { counts: { create: 3 } } },
      {
        do: "up",
        because: "it stops a delete-before-replace before anything is deleted (engine.md §6.8)",
        config: { zone: "north" },
        expect: {
          exit: 1,
          errors: /::safe.*protect/s,
          never: ["delete *", "create *"],
          state: { gate: { id: "gate-1" }, safe: { id: "safe-1" } },
        },
      },
    ],
  },
  {
    name: "a chain of replacements",
    program: `
      const a = new Thing("a", { zone: config.get("zone") ?? "south" });
      const b = new Thing("b", { zone: a.place });
      new Thing("c", { of: b.place });`,
    steps: [
      { do: "up", because: "a chain is created", expect: { counts: { create: 4 } } },
      {
        do: "up",
        because:
          "new resources are created in dependency order, old ones deleted in reverse order at the end",
        config: { zone: "north" },
        expect: {
          steps: [
            "create-replacement a",
            "create-replacement b",
            "update c",
            "delete-replaced b",
            "delete-replaced a",
          ],
          counts: { replace: 2, update: 1 },
          order: [
            ["end create a", "start create b"],
            ["end update c", "start delete b"],
            ["end delete b", "start delete a"],
          ],
        },
      },
    ],
  },
  {
    name: "failures around a replacement",
    program: `
      const base = new Thing("base", { zone: config.get("zone") ?? "south" });
      new Thing("leaf", { of: base.place });`,
    steps: [
      { do: "up", because: "both resources are created", expect: { counts: { create: 3 } } },
      {
        do: "up",
        because: "if the new resource cannot be created, the old one stays unchanged",
        config: { zone: "north" },
        faults: [{ on: "create", name: "base", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to create base/,
          state: { base: { id: "base-1", inputs: { zone: "south" } }, "base (delete)": null },
          never: ["update leaf", "delete *"],
        },
      },
      {
        do: "up",
        because: "if the old resource cannot be deleted, it stays in the state, pending deletion",
        faults: [{ on: "delete", name: "base", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to delete base/,
          state: {
            base: { id: "base-2" },
            "base (delete)": { id: "base-1", delete: true },
            leaf: { inputs: { of: "place of north" } },
          },
        },
      },
      {
        do: "up",
        because: "the next run deletes it as a replaced resource (engine.md §6, `delete: true` leftovers)",
        expect: {
          steps: ["delete-replaced base"],
          counts: { same: 3 },
          state: { base: { id: "base-2" }, "base (delete)": null },
        },
      },
      {
        do: "up",
        because: "again an old resource cannot be deleted",
        config: { zone: "east" },
        faults: [{ on: "delete", name: "base", mode: "fail" }],
        expect: { exit: 1, errors: /refuses to delete base/ },
      },
      {
        do: "destroy",
        because: "destroy deletes it along with its replacement",
        expect: { steps: ["delete leaf", "delete base", "delete-replaced base"] },
        also: (seen) => expect(seen.stateOrder).toEqual([]),
      },
    ],
  },
  {
    name: "replaceOnChanges",
    program: `
      const v = Number(config.get("v") ?? 1);
      const other = Number(config.get("other") ?? 1);
      new Thing("key", { size: v, other }, { replaceOnChanges: ["size"] });
      new Thing("nested", { nested: { a: v, b: other } }, { replaceOnChanges: ["nested.a"] });
      new Thing("wild", { list: [{ a: 1, b: 1 }, { a: v, b: other }] }, { replaceOnChanges: ["list[*].a"] });
      new Thing("star", { of: v }, { replaceOnChanges: ["*"] });
      new Thing("without", { size: v });`,
    steps: [
      { do: "up", because: "all resources are created", expect: { counts: { create: 6 } } },
      {
        do: "up",
        because: "changes elsewhere are updates (engine.md §6.7)",
        config: { other: "2" },
        expect: { steps: ["update key", "update nested", "update wild"] },
      },
      {
        do: "up",
        because: "a change under one of the paths, wildcards included, replaces the resource",
        config: { other: "2", v: "2" },
        expect: {
          steps: [
            "update without",
            ...["key", "nested", "wild", "star"].flatMap((name) => [
              `create-replacement ${name}`,
              `delete-replaced ${name}`,
            ]),
          ],
        },
      },
    ],
  },
];
