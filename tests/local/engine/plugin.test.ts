import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bench, type Run } from "./harness";

describe("plugins", () => {
  const bench = new Bench("plugin");
  afterAll(() => bench.remove());
  const asked = `${bench.cloudFile}.gadget`;
  const env = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
    ...bench.env,
    PATH: `${join(bench.root, "bin")}:${process.env.PATH}`,
    ...more,
  });
  const up = async (
    config: Record<string, string>,
    operation: "up" | "preview" | "destroy" = "up",
  ): Promise<Run & { asked: string[] }> => {
    rmSync(asked, { force: true });
    const run = await bench
      .config({ "gadget:region": "west", password: "hush", ...config })
      .run(operation, { env: env() });
    return { ...run, asked: existsSync(asked) ? readFileSync(asked, "utf8").trim().split("\n") : [] };
  };

  test("a preview asks the provider for previews only, and invokes with unknown arguments wait", async () => {
    const run = await up({}, "preview");
    expect(run).toMatchObject({ result: "succeeded", counts: { create: 5 } });
    expect(run.asked).toContain("preview one in west timeout 120");
    expect(run.asked.filter((line) => line.startsWith("create"))).toEqual([]);
    expect(run.outputs).toMatchObject({ echo: "hi from west" });
  });

  test("default and explicit providers are configured apart, children inherit theirs", async () => {
    const run = await up({});
    expect(run.outputs).toMatchObject({
      regions: "west,east",
      echo: "hi from west",
      late: "gadget from east",
      key: "key of one",
    });
    expect(run.asked.filter((line) => line.startsWith("create"))).toEqual([
      "create one in west timeout 120",
      "create two in east timeout 0",
    ]);
    const provider = bench.state.resources.find((resource) => resource.urn.endsWith("::default_1_2_3"));
    expect(provider).toMatchObject({ inputs: { region: "west", version: "1.2.3" } });
    expect(bench.resource("one")?.provider).toBe(`${provider?.urn}::${provider?.id}`);
    expect(bench.state.text).not.toContain("key of one");
    expect((await up({})).counts).toEqual({ same: 5 });
  });

  test("generated names stay in updates, and are made anew in replacements", async () => {
    const name = bench.resource("one")?.inputs?.physicalName;
    expect((await up({ size: "2" })).steps).toEqual(["update one"]);
    expect(bench.resource("one")?.inputs?.physicalName).toBe(name);
    const run = await up({ size: "2", kind: "fancy" });
    expect(run.steps).toEqual(["create-replacement one", "update two", "delete-replaced one"]);
    expect(bench.resource("one")?.inputs?.physicalName).not.toBe(name);
  });

  test("a provider that must be replaced replaces its resources, the old ones deleted by the old provider", async () => {
    const run = await up({ size: "2", kind: "fancy", region: "south" });
    expect(run.counts).toMatchObject({ replace: 2 });
    expect(run.asked.filter((line) => / two /.test(line))).toEqual([
      "create two in south timeout 0",
      "delete two in east",
    ]);
    expect((await up({ size: "2", kind: "fancy", region: "south" })).counts).toEqual({ same: 5 });
  });

  test("destroy loads the providers from the state", async () => {
    const run = await up({}, "destroy");
    expect(run.result).toBe("succeeded");
    expect(run.asked.filter((line) => line.startsWith("delete"))).toEqual([
      "delete two in south",
      "delete one in west",
    ]);
  });

  test.each([
    ["die", /plugin of package "gadget" \(version 1\.2\.3\).*exit code 3.*no licence found/s],
    ["garbage", /printed "hello there" where its port was expected/],
  ])("a plugin that cannot be used (%s) is named with what it printed", async (mode, message) => {
    const run = await bench.run("up", { env: env({ GADGET_MODE: mode }) });
    expect(run).toMatchObject({ result: "failed", exitCode: 1 });
    expect(run.errors[0]).toMatch(message);
  });

  test("a missing plugin is named with the places searched", async () => {
    const run = await bench.run("up", { env: { ...bench.env, PULUMI_HOME: join(bench.root, "nowhere") } });
    expect(run.errors[0]).toMatch(
      /package "gadget" \(pulumi-resource-gadget, version 1\.2\.3\) was not found.*PATH.*nowhere/s,
    );
    writeFileSync(
      join(bench.project, "Pulumi.yaml"),
      `name: plugin\nruntime: {name: nodejs, options: {typescript: false}}\nplugins: {providers: [{name: gadget, path: ../bin}]}\n`,
    );
    expect((await bench.run("preview")).result).toBe("succeeded");
  });
});
