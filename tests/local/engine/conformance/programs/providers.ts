import type { Call } from "../lib/facts";
import type { Program } from "../lib/types";

export const providers: Program[] = [
  {
    name: "default providers",
    plugins: true,
    program: `
      const one = new Thing("one", { size: 1 });
      new Thing("two", { of: one.id }, { version: "1.2.3" });
      exports.region = one.region;`,
    steps: [
      {
        do: "up",
        because: "default providers are configured with their namespace, one for each version (engine.md §5)",
        config: { "toy:region": "west", unrelated: "x" },
        expect: {
          steps: ["create one", "create two"],
          counts: { create: 3 },
          state: {
            default: { type: "pulumi:providers:toy", custom: true, inputs: { region: "west" } },
            default_1_2_3: { inputs: { region: "west", version: "1.2.3" } },
            one: { provider: expect.stringMatching(/providers:toy::default::/) },
            two: { provider: expect.stringMatching(/providers:toy::default_1_2_3::/) },
          },
          outputs: { region: "west" },
        },
        also: (seen) => {
          expect(seen.state.default?.inputs).not.toHaveProperty("unrelated");
          expect(seen.state.default).not.toHaveProperty("parent");
        },
      },
      {
        do: "up",
        because: "a change that DiffConfig allows in place updates only the provider",
        config: { "toy:region": "west", "toy:pace": "fast" },
        differs: ["defaultProviders"],
        expect: { steps: [], counts: { same: 3 }, state: { default: { inputs: { pace: "fast" } } } },
        also: (seen, [first]) => expect(idOf(seen, "default")).toBe(idOf(first, "default")),
      },
      {
        do: "up",
        because:
          "a provider that must be replaced replaces its resources; the old provider deletes the old ones (§5)",
        config: { "toy:region": "south", "toy:pace": "fast" },
        differs: ["defaultProviders"],
        expect: {
          steps: [
            "create-replacement one",
            "create-replacement two",
            "delete-replaced one",
            "delete-replaced two",
          ],
          outputs: { region: "south" },
        },
        also: (seen, [first]) => {
          expect(idOf(seen, "default")).not.toBe(idOf(first, "default"));
          expect(regions(seen.log, "create").sort()).toEqual(["one in south", "two in south"]);
          expect(regions(seen.log, "delete").sort()).toEqual(["one in west", "two in west"]);
        },
      },
      {
        do: "destroy",
        because: "destroy uses the providers of the state, not of the configuration",
        config: { "toy:region": "east" },
        expect: { steps: ["delete one", "delete two"] },
        also: (seen) => expect(regions(seen.log, "delete").sort()).toEqual(["one in south", "two in south"]),
      },
    ],
  },
  {
    name: "explicit providers, handed down through components",
    plugins: true,
    program: `
      const step = config.get("step") ?? "first";
      if (step !== "gone") {
        const region = { move: "north", pace: "east", first: "east" }[step];
        const special = new Provider("special", { region, pace: step === "pace" ? "slow" : "fast", key: pulumi.secret("let me in") });
        const other = new Provider("other", { region: "far" });
        const outer = new Group("outer", {}, { providers: [special] });
        const inner = new Group("inner", {}, { parent: outer });
        new Thing("deep", {}, { parent: inner });
        new Thing("own", {}, { parent: inner, provider: other });
        new Thing("listed", {}, { parent: new Group("map", {}, { providers: { toy: other } }) });
        exports.echo = echo("child", { parent: inner }).echo;
      }
      new Thing("plain", {});`,
    steps: [
      {
        do: "preview",
        because: "a provider that does not exist yet serves previews",
        config: { "toy:region": "home" },
        expect: { steps: { some: ["create special", "create deep"] }, cloud: [] },
      },
      {
        do: "up",
        because: "a resource uses the nearest provider above it unless it names one (engine.md §2.1)",
        expect: {
          state: {
            special: { inputs: { region: "east", key: { secret: "let me in" } } },
            deep: { provider: expect.stringContaining("::special::"), outputs: { region: "east" } },
            own: { provider: expect.stringContaining("::other::"), outputs: { region: "far" } },
            listed: { provider: expect.stringContaining("::other::"), outputs: { region: "far" } },
            plain: { outputs: { region: "home" } },
          },
          outputs: { echo: "child from east" },
          hidden: ["let me in"],
        },
      },
      {
        do: "up",
        because: "an update of a provider changes only the provider and keeps its id",
        config: { "toy:region": "home", step: "pace" },
        expect: { steps: ["update special"] },
        also: (seen, [, first]) => expect(idOf(seen, "special")).toBe(idOf(first, "special")),
      },
      {
        do: "up",
        because: "a replacement of a provider replaces its resources, and nothing else",
        config: { "toy:region": "home", step: "move" },
        expect: {
          steps: [
            "create-replacement special",
            "create-replacement deep",
            "delete-replaced deep",
            "delete-replaced special",
          ],
          outputs: { echo: "child from north" },
        },
        also: (seen) => expect(regions(seen.log, "delete")).toEqual(["deep in east"]),
      },
      {
        do: "up",
        because: "resources deleted together with their provider are deleted by the provider in the state",
        config: { "toy:region": "home", step: "gone" },
        expect: {
          counts: { delete: 8 },
          state: { special: null, other: null, deep: null, plain: { id: "plain-1" } },
          cloud: ["plain"],
        },
        also: (seen) =>
          expect(regions(seen.log, "delete").sort()).toEqual([
            "deep in north",
            "listed in far",
            "own in far",
          ]),
      },
    ],
  },
  {
    name: "a provider whose configuration is not known yet",
    plugins: true,
    program: `
      const seed = new Thing("seed", {});
      const late = new Provider("late", { region: seed.token });
      const thing = new Thing("thing", {}, { provider: late });
      exports.region = thing.region;`,
    steps: [
      {
        do: "preview",
        because: "it is not configured in a preview; its resources are planned all the same (engine.md §4.2)",
        expect: { steps: ["create seed", "create late", "create thing"], cloud: [] },
        also: (seen) =>
          expect(seen.log.filter(({ call, name }) => call === "create" && name === "thing")).toEqual([]),
      },
      {
        do: "up",
        because: "it is configured as soon as the value is known",
        expect: { counts: { create: 4 }, outputs: { region: "token of seed" } },
      },
    ],
  },
  {
    name: "a resource that changes hands",
    plugins: true,
    program: `
      const first = new Provider("first", { region: "east" });
      const second = new Provider("second", { region: config.get("region") ?? "east" });
      const provider = config.get("moved") ? second : first;
      new Thing("thing", {}, { provider });`,
    steps: [
      { do: "up", because: "the first provider creates it", expect: { counts: { create: 4 } } },
      {
        do: "up",
        because: "the new provider decides whether its configuration makes a difference; it does not",
        config: { moved: "yes" },
        expect: {
          steps: [],
          state: { thing: { id: "thing-1", provider: expect.stringContaining("::second::") } },
        },
      },
      {
        do: "up",
        because: "back to the first one",
        expect: { steps: [], state: { thing: { provider: expect.stringContaining("::first::") } } },
        config: {},
      },
      {
        do: "up",
        because: "if it does, the resource is replaced",
        config: { moved: "yes", region: "west" },
        expect: {
          steps: { some: ["create-replacement thing", "delete-replaced thing"] },
          state: { thing: { id: "thing-2", outputs: { region: "west" } } },
        },
        also: (seen) => expect(regions(seen.log, "delete")).toEqual(["thing in east"]),
      },
    ],
  },
  {
    name: "invokes",
    plugins: true,
    program: `
      const thing = new Thing("thing", {});
      const special = new Provider("special", { region: "east" });
      exports.known = echo("hello").echo;
      exports.late = thing.token.apply((token) => echo(token).echo);
      exports.output = echo(thing.token).echo;
      exports.secret = pulumi.output(pulumi.secret("hush")).apply((word) => echo(word).echo);
      exports.special = echo("hi", { provider: special }).echo;
      if (config.get("bad")) exports.bad = echo("bad").echo;`,
    steps: [
      {
        do: "preview",
        because: "functions with unknown arguments are not called; others are, in a preview as well",
        config: { "toy:region": "west" },
        expect: { cloud: [] },
        also: (seen) => expect(wordsAsked(seen.log)).toEqual(["hello", "hi", "hush"]),
      },
      {
        do: "up",
        because: "the named provider answers an invoke, otherwise the default provider",
        expect: {
          outputs: {
            known: "hello from west",
            late: "token of thing from west",
            output: expect.anything(),
            secret: "hush from west",
            special: "hi from east",
          },
          hidden: ["hush from west"],
        },
      },
      {
        do: "up",
        because: "failures of an invoke fail the program with property and reason",
        config: { "toy:region": "west", bad: "yes" },
        expect: { exit: 1, errors: /is bad/, never: ["delete *"] },
      },
    ],
  },
];

function regions(log: Call[], call: string): string[] {
  const calls = log.filter((entry) => entry.at === "start" && entry.call === call && !entry.preview);
  return calls.map(({ name, region }) => `${name} in ${String(region)}`);
}

function wordsAsked(log: Call[]): string[] {
  return log.flatMap(({ call, name }) => (call === "invoke" ? [name] : [])).sort();
}

/**
 * The id of a provider, from the state's text. Ids differ from run to run, so normalised states omit them.
 */
function idOf(seen: { stateText: string } | undefined, name: string): string | undefined {
  const resources: { urn: string; id: string; delete?: boolean }[] =
    JSON.parse(seen?.stateText ?? "{}").checkpoint?.latest?.resources ?? [];
  return resources.find(({ urn, delete: gone }) => urn.endsWith(`::${name}`) && !gone)?.id;
}
