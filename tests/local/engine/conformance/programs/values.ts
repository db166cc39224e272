import type { Program } from "../lib/types";

export const values: Program[] = [
  {
    name: "secrets of a provider that supports them",
    program: `
      const hush = config.requireSecret("hush");
      const thing = new Thing("thing", { hush, nested: { deep: hush, open: 1 }, list: [hush] });
      new Thing("user", { of: thing.key });
      exports.hush = hush;
      exports.key = thing.key;
      exports.both = pulumi.all([thing.key, thing.place]).apply(([key, place]) => key + ", " + place);
      exports.object = pulumi.secret({ a: [1, "key of thing"] });`,
    steps: [
      {
        do: "up",
        because:
          "secrets stay secret through inputs, outputs, other resources and exports (engine.md §3, §8)",
        config: { hush: { secret: "correct battery" } },
        expect: {
          state: {
            thing: {
              inputs: {
                hush: { secret: "correct battery" },
                nested: { deep: { secret: "correct battery" }, open: 1 },
                list: [{ secret: "correct battery" }],
              },
              outputs: { key: { secret: "key of thing" } },
            },
            user: { inputs: { of: { secret: "key of thing" } } },
            "proj-dev": {
              outputs: {
                both: { secret: "key of thing, place of nowhere" },
                object: { secret: { a: [1, "key of thing"] } },
              },
            },
          },
          hidden: ["correct battery", "key of thing"],
          outputs: {
            hush: "correct battery",
            key: "key of thing",
            both: "key of thing, place of nowhere",
            object: { a: [1, "key of thing"] },
          },
        },
        also: (seen) => {
          const news = seen.log.find(({ call, name }) => call === "create" && name === "thing")?.news;
          expect(JSON.stringify(news)).toContain("1b47061264138c4ac30d75fd1eb44270");
        },
      },
      {
        do: "up",
        because: "without changes every ciphertext stays the same",
        expect: { steps: [] },
        also: (seen, [before]) =>
          expect(ciphertexts(seen.stateText)).toEqual(ciphertexts(before?.stateText ?? "")),
      },
      {
        do: "up",
        because: "another secret value is a change",
        config: { hush: { secret: "another battery" } },
        expect: { steps: ["update thing"], hidden: ["another battery", "correct battery"] },
      },
    ],
  },
  {
    name: "secrets of dynamic resources",
    program: `
      const thing = new DynamicThing("thing", { hush: config.requireSecret("hush"), size: pulumi.secret(3) });
      exports.size = thing.size;
      exports.token = thing.token;`,
    steps: [
      {
        do: "up",
        because:
          "the provider gets plain values; outputs named like secret inputs are secret (engine.md §4.2)",
        config: { hush: { secret: "correct battery" } },
        expect: {
          state: {
            thing: {
              inputs: { hush: { secret: "correct battery" } },
              outputs: { hush: { secret: "correct battery" }, size: { secret: 3 }, token: "token of thing" },
            },
          },
          hidden: ["correct battery"],
        },
        also: (seen) => {
          const news = seen.log.find(({ at, call }) => at === "start" && call === "create")?.news;
          expect(news).toMatchObject({ hush: "correct battery", size: 3 });
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
  {
    name: "unknown values in a preview",
    program: `
      const plugin = new Thing("plugin", { zone: "north" });
      const dynamic = new DynamicThing("dynamic", { size: 1 });
      const told = (what) => (value) => { pulumi.log.warn(what + " is " + value); return value; };
      plugin.place.apply(told("place"));
      plugin.token.apply(told("token"));
      dynamic.size.apply(told("size"));
      dynamic.token.apply(told("dynamic token"));
      new Thing("user", { of: plugin.token, zone: plugin.place, words: ["x", dynamic.token] });
      exports.id = plugin.id;
      exports.place = plugin.place;`,
    steps: [
      {
        do: "preview",
        because: "values from the provider are known; callbacks on unknown values do not run",
        expect: {
          steps: ["create plugin", "create dynamic", "create user"],
          warnings: /place is place of north/,
          cloud: [],
        },
        also: (seen) => {
          expect(seen.warnings).toContain("size is 1");
          expect(seen.warnings).not.toContain("token is");
        },
      },
      {
        do: "up",
        because: "all values are known once the resources exist",
        expect: {
          counts: { create: 4 },
          state: { user: { inputs: { of: "token of plugin", words: ["x", "token of dynamic"] } } },
        },
      },
    ],
  },
  {
    name: "resources as values",
    program: `
      const one = new Thing("one", { size: 1 });
      const group = new Group("group", {}, {}).register({ one });
      new Thing("holder", { held: one, among: [{ it: one }, group] });
      new DynamicThing("dynamic", { held: one });
      exports.one = one;`,
    steps: [
      {
        do: "up",
        because: "a resource is a reference of URN and id for providers that support it, an id for others",
        expect: {
          state: {
            holder: {
              inputs: {
                held: { urn: "urn:pulumi:dev::proj::toy:index:Thing::one", id: "one-1" },
                among: [{ it: { id: "one-1" } }, { urn: expect.stringContaining("::group") }],
              },
            },
            group: { outputs: { one: { id: "one-1" } } },
            dynamic: { inputs: { held: "one-1" } },
            "proj-dev": { outputs: { one: { id: "one-1" } } },
          },
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
  {
    name: "the configuration of a stack",
    process: true,
    program: `
      exports.text = config.require("text");
      exports.number = config.requireNumber("number");
      exports.flag = config.requireBoolean("flag");
      exports.object = config.requireObject("object");
      exports.secretObject = config.requireSecretObject("secretObject");
      exports.password = config.requireSecret("password");
      exports.elsewhere = new pulumi.Config("other").require("key");
      exports.where = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");`,
    fresh: true,
    steps: [
      {
        do: "up",
        because: "a missing value fails the program, and the message names it",
        config: { text: "t" },
        expect: { exit: 1, errors: /proj:number/ },
      },
      {
        do: "up",
        because: "every kind of value reaches the program, secrets marked",
        before: (project) =>
          project.configure({
            text: "true",
            number: 12.5,
            flag: true,
            object: { list: [1, { deep: "x" }] },
            secretObject: { open: 1, hidden: { secret: "inner battery" } },
            password: { secret: "outer battery" },
            "other:key": "value",
          }),
        expect: {
          outputs: {
            text: "true",
            number: 12.5,
            flag: true,
            object: { list: [1, { deep: "x" }] },
            secretObject: { open: 1, hidden: "inner battery" },
            password: "outer battery",
            elsewhere: "value",
            where: "organization/proj/dev",
          },
          state: {
            "proj-dev": { outputs: { secretObject: { secret: { open: 1, hidden: "inner battery" } } } },
          },
          hidden: ["inner battery", "outer battery"],
        },
      },
    ],
  },
];

/** All ciphertexts of a state, sorted. */
function ciphertexts(text: string): string[] {
  return [...text.matchAll(/"ciphertext":\s*"([^"]+)"/g)].map(([, cipher = ""]) => cipher).sort();
}
