import type { Program } from "../lib/types";

const quiet = ["create *", "update *", "delete *"];

export const identity: Program[] = [
  {
    name: "aliases of name, type and parent",
    program: `
      const moved = config.get("moved") === "yes";
      const group = new Group("group", {});
      const many = Array.from({ length: 30 }, (_, i) => ({ type: "toy:index:Old" + i }));
      const name = new Thing(moved ? "second" : "first", { size: 1 }, moved ? { aliases: [...many, { name: "first" }] } : {});
      const parent = new Thing("wanderer", { of: name.id }, moved ? { parent: group, aliases: [{ parent: pulumi.rootStackResource }] } : {});
      new Thing("typed", {}, moved ? { aliases: [{ type: "toy:index:Other" }] } : {}, moved ? undefined : "toy:index:Other");
      new Thing("whole", {}, moved ? { parent: group, aliases: ["urn:pulumi:dev::proj::toy:index:Thing::whole"] } : {});
      new Thing("user", { of: parent.id }, { dependsOn: [name], deletedWith: name });`,
    steps: [
      { do: "up", because: "resources with their old names exist", expect: { counts: { create: 7 } } },
      {
        do: "preview",
        because: "a resource found by an alias is the same one (engine.md §6.2)",
        config: { moved: "yes" },
        options: { expectNoChanges: true },
        expect: { steps: [], never: quiet },
      },
      {
        do: "up",
        because: "it keeps its id, and references to it use the new URN",
        expect: {
          steps: [],
          counts: { same: 7 },
          never: quiet,
          state: {
            first: null,
            second: { id: "first-1" },
            wanderer: {
              id: "wanderer-1",
              urn: "urn:pulumi:dev::proj::toy:index:Group$toy:index:Thing::wanderer",
            },
            typed: { id: "typed-1", type: "toy:index:Thing" },
            whole: { id: "whole-1", parent: expect.stringContaining("::group") },
            user: { deletedWith: "urn:pulumi:dev::proj::toy:index:Thing::second" },
          },
          cloud: ["first", "typed", "user", "wanderer", "whole"],
        },
      },
      {
        do: "up",
        because: "afterwards it is found by its own URN",
        options: { expectNoChanges: true },
        expect: { steps: [], cloud: ["first", "typed", "user", "wanderer", "whole"] },
      },
    ],
  },
  {
    name: "aliases inherited by children",
    program: `
      const moved = config.get("moved") === "yes";
      const outer = new Group(moved ? "fresh" : "stale", {}, moved ? { aliases: [{ name: "stale" }] } : {});
      const inner = new Group((moved ? "fresh" : "stale") + "-inner", {}, { parent: outer });
      const leaf = new Thing((moved ? "fresh" : "stale") + "-inner-leaf", {}, { parent: inner });
      const odd = new Thing(moved ? "even" : "odd", {}, { parent: inner, ...(moved ? { aliases: [{ name: "odd" }] } : {}) });
      const grown = new Group("grown", {}, moved ? { aliases: [{ type: "toy:index:Bud" }] } : {}, moved ? undefined : "toy:index:Bud");
      new Thing("petal", { of: leaf.id }, { parent: grown });`,
    steps: [
      { do: "up", because: "components with their old names exist", expect: { counts: { create: 7 } } },
      {
        do: "up",
        because:
          "children are found by their parent's old name and type, including the prefix of their own name",
        config: { moved: "yes" },
        expect: {
          steps: [],
          counts: { same: 7 },
          never: quiet,
          state: {
            "fresh-inner-leaf": { id: "stale-inner-leaf-1" },
            even: { id: "odd-1", parent: expect.stringContaining("::fresh-inner") },
            petal: { urn: "urn:pulumi:dev::proj::toy:index:Group$toy:index:Thing::petal" },
            stale: null,
          },
          cloud: ["odd", "petal", "stale-inner-leaf"],
        },
      },
    ],
  },
  {
    name: "a run that fails half way through a renaming",
    program: `
      const moved = config.get("moved") === "yes";
      const base = new Thing(moved ? "new" : "old", {}, moved ? { aliases: [{ name: "old" }] } : {});
      const user = new Thing("user", { of: base.id, size: moved ? 2 : 1 }, { dependsOn: [base] });
      new Thing("last", { of: user.id }, { parent: base, deletedWith: base });`,
    steps: [
      { do: "up", because: "resources with their old names exist", expect: { counts: { create: 4 } } },
      {
        do: "up",
        because:
          "resources that were not reached refer to the new URN as well (engine.md §6.2; integrity, §8)",
        config: { moved: "yes" },
        faults: [{ on: "update", name: "user", mode: "fail" }],
        expect: {
          exit: 1,
          errors: /refuses to update user/,
          state: {
            new: { id: "old-1" },
            user: { dependencies: [expect.stringContaining("::new")], inputs: { size: 1 } },
            last: { deletedWith: expect.stringContaining("::new"), id: "last-1" },
          },
          cloud: ["last", "old", "user"],
        },
      },
      {
        do: "up",
        because: "the next run continues from there",
        expect: { steps: ["update user"], never: ["create *", "delete *"], cloud: ["last", "old", "user"] },
      },
    ],
  },
  {
    name: "aliases of project and stack",
    program: `
      const aliases = config.get("moved") ? [{ project: "former", stack: "past" }] : [];
      const thing = new Thing("thing", { size: 1 }, { aliases });
      new Thing("user", { of: thing.id }, { aliases });`,
    steps: [
      { do: "up", because: "both resources are created", expect: { counts: { create: 3 } } },
      {
        do: "up",
        because: "an alias may name the former project and stack of a resource",
        config: { moved: "yes" },
        before: (project) =>
          project.editState((text) =>
            text.replace(/urn:pulumi:dev::proj::toy:/g, "urn:pulumi:past::former::toy:"),
          ),
        expect: {
          steps: [],
          counts: { same: 3 },
          never: quiet,
          state: { user: { dependencies: ["urn:pulumi:dev::proj::toy:index:Thing::thing"] } },
        },
      },
    ],
  },
  {
    name: "aliases of a provider",
    plugins: true,
    program: `
      const moved = config.get("moved") === "yes";
      const provider = new Provider(moved ? "new" : "old", { region: "east" }, moved ? { aliases: [{ name: "old" }] } : {});
      new Thing("thing", {}, { provider });
      if (!moved) new Thing("leaving", {}, { provider });`,
    steps: [
      { do: "up", because: "a provider with its old name exists", expect: { counts: { create: 4 } } },
      {
        do: "up",
        because: "it stays the same provider, for existing resources and for deletions",
        config: { moved: "yes" },
        expect: {
          steps: ["delete leaving"],
          counts: { same: 3 },
          state: {
            new: { inputs: { region: "east" } },
            thing: { provider: expect.stringContaining("::new::") },
            old: null,
          },
        },
      },
    ],
  },
  {
    name: "aliases claimed twice",
    program: `
      const aliases = config.get("moved") ? [{ name: "old" }] : [];
      if (!config.get("moved")) new Thing("old", {});
      else { const one = new Thing("one", {}, { aliases }); new Thing("two", { of: one.id }, { aliases }); }`,
    steps: [
      { do: "up", because: "one resource exists", expect: { steps: ["create old"] } },
      {
        do: "up",
        because: "an old resource can become only one new resource (duplicate alias)",
        config: { moved: "yes" },
        expect: { exit: 1, errors: /alias/i, state: { one: { id: "old-1" }, two: null }, cloud: ["old"] },
      },
    ],
  },
];
