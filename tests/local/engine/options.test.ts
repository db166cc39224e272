import { Bench } from "./harness";

describe("aliases", () => {
  const bench = new Bench("aliases");
  afterAll(() => bench.remove());

  test("renamed resources are found again, children through their parent, and references follow", async () => {
    await bench.run("up");
    const id = bench.resource("old-child")?.id;
    const run = await bench.config({ moved: "true" }).run("up");
    expect(run).toMatchObject({ result: "succeeded", counts: { same: 5 }, steps: [] });
    expect(bench.resource("new-child")).toMatchObject({
      id,
      aliases: [expect.stringMatching(/::old-child$/)],
    });
    const user = bench.resource("user");
    expect(user?.dependencies).toEqual([expect.stringMatching(/toy:index:Group\$.*::new-child$/)]);
    expect(bench.resource("second")?.urn).toContain("dynamic/toy:Thing::second");
    expect(bench.state.resources.filter((resource) => /::(old|old-child|first)$/.test(resource.urn))).toEqual(
      [],
    );
    expect((await bench.run("preview")).counts).toEqual({ same: 5 });
  });
});

describe("resource options", () => {
  const bench = new Bench("options");
  afterAll(() => bench.remove());
  const step = (name: string): Bench => bench.config({ step: name });

  test("customTimeouts and protect are kept in the state", async () => {
    await step("first").run("up");
    expect(bench.resource("strict")).toMatchObject({ customTimeouts: { create: 90 } });
    expect(bench.resource("protected")).toMatchObject({ protect: true });
  });

  test("a protected resource is neither replaced nor deleted", async () => {
    const replaced = await step("replace").run("up");
    expect(replaced.errors[0]).toContain("marked for protection");
    const gone = await step("gone").run("up");
    expect(gone.errors[0]).toContain("because it is protected");
    expect((await bench.run("destroy")).errors[0]).toContain("because it is protected");
    expect(bench.labels).toContain("protected");
  });

  test("ignored properties keep their old values, replaceOnChanges replaces, retained ones stay, guests go with their host", async () => {
    const mark = bench.cloud.log.length;
    const run = await step("unprotect").run("up");
    expect(run.result).toBe("succeeded");
    expect(run.steps).toEqual(expect.arrayContaining(["delete host", "delete guest", "delete kept"]));
    expect(bench.resource("ignoring")).toMatchObject({ inputs: { size: 1, nested: { a: 1, b: [1, 2] } } });
    expect(bench.labels).toContain("kept");
    const log = bench.cloud.log.slice(mark);
    expect(log).toContain("delete host");
    expect(log.filter((line) => /guest|kept/.test(line))).toEqual([]);
  });

  test("a refresh counts no drift of ignored properties, but knows it", async () => {
    const cloud = bench.cloud;
    for (const thing of Object.values(cloud.things)) if (thing.label === "ignoring") thing.size = 7;
    bench.cloud = cloud;
    expect((await bench.run("refresh", { expectNoChanges: true })).exitCode).toBe(0);
    expect(bench.resource("ignoring")).toMatchObject({ outputs: { size: 7 } });
  });

  test("wildcards in ignoreChanges cover every element", async () => {
    const run = await step("all").run("preview");
    expect(run.steps).toEqual([]);
  });

  test("what is no longer protected can be destroyed", async () => {
    expect((await bench.run("destroy")).result).toBe("succeeded");
    expect(bench.labels).toEqual(["guest", "kept"]);
  });
});

describe("reading", () => {
  const bench = new Bench("reading");
  afterAll(() => bench.remove());

  test("X.get reads a resource and keeps it as external; destroy leaves it alone", async () => {
    const run = await bench.run("up");
    expect(run.outputs).toEqual({ seenSize: 1 });
    expect(bench.resource("seen")).toMatchObject({ external: true, id: "thing-1" });
    const second = await bench.config({ other: "reading/dev" }).run("up");
    expect(second.outputs).toMatchObject({ fromOther: 1 });
    expect((await bench.run("up")).counts).toMatchObject({ same: 2, read: 2 });
    await bench.run("destroy");
    expect(bench.cloud.log.filter((line) => line.startsWith("delete"))).toEqual(["delete own"]);
  });

  test("an unknown stack is named together with those there are", async () => {
    await expect(bench.run("preview", { stack: "prod" })).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('stacks of project "reading": dev'),
    });
  });
});
