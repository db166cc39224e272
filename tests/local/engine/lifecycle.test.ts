import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "./harness";

describe("the life of a stack", () => {
  const bench = new Bench("lifecycle");
  afterAll(() => bench.remove());
  const at = (step: string): Bench => bench.config({ step, plain: "shown" });

  test("a preview of a new stack plans everything and writes nothing", async () => {
    const run = await at("first").run("preview");
    expect(run).toMatchObject({ result: "succeeded", exitCode: 0, counts: { create: 4 } });
    expect(run.steps).toEqual(["create group", "create base", "create leaf"]);
    expect(existsSync(join(bench.root, "state"))).toBe(false);
    expect(readFileSync(join(bench.project, "Pulumi.dev.yaml"), "utf8")).not.toContain("encryptionsalt");
    expect(bench.cloud.log).toEqual([]);
  });

  test("up makes it, in the order of its dependencies, and keeps secrets encrypted", async () => {
    const run = await at("first").run("up");
    expect(run.counts).toEqual({ create: 4 });
    expect(bench.cloud.log).toEqual(["create base", "created base", "create leaf", "created leaf"]);
    expect(run.outputs).toEqual({
      baseId: "thing-1",
      leafToken: "token of leaf",
      plain: "shown",
      secretText: "hush",
    });
    expect(bench.state.text).not.toContain("hush");
    expect(bench.state.text).not.toContain("token of leaf");
    expect(bench.resource("base")).toMatchObject({
      id: "thing-1",
      created: expect.any(String),
      custom: true,
    });
    expect(bench.state.resources.map((resource) => resource.type)).toContain(
      "pulumi:providers:pulumi-nodejs",
    );
    expect(bench.state.pending).toEqual([]);
  });

  test("nothing changed: preview and up find nothing, the state keeps every ciphertext", async () => {
    const before = bench.resource("base");
    expect((await bench.run("preview", { expectNoChanges: true })).exitCode).toBe(0);
    const run = await bench.run("up", { expectNoChanges: true });
    expect(run).toMatchObject({ exitCode: 0, counts: { same: 4 }, steps: [] });
    expect(bench.resource("base")).toEqual(before);
  });

  test("a changed input updates in place", async () => {
    const run = await at("update").run("up");
    expect(run).toMatchObject({ counts: { update: 1, same: 3 }, steps: ["update base"] });
    expect(bench.resource("base")).toMatchObject({ id: "thing-1", inputs: { size: 2 } });
  });

  test("expecting no changes fails with exit code 7 if there are some", async () => {
    expect((await at("first").run("preview", { expectNoChanges: true })).exitCode).toBe(7);
  });

  test("a replacement is made before the old one is deleted", async () => {
    const run = await at("replace").run("up");
    expect(run.steps).toEqual(["create-replacement base", "delete-replaced base"]);
    expect(run.counts).toEqual({ replace: 1, same: 3 });
    expect(bench.cloud.log.slice(-3)).toEqual(["create base", "created base", "delete base"]);
    expect(bench.labels).toEqual(["base", "leaf"]);
  });

  test("what the program no longer has is deleted, its output disappears", async () => {
    const run = await at("remove").run("up");
    expect(run.counts).toEqual({ delete: 1, replace: 1, same: 2 });
    expect(run.steps).toContain("delete leaf");
    expect(run.outputs).not.toHaveProperty("leafToken");
  });

  test("refresh sees what changed and what is gone behind its back", async () => {
    expect((await bench.run("refresh")).counts).toMatchObject({ same: 3 });
    const cloud = bench.cloud;
    const [id = ""] = Object.keys(cloud.things);
    cloud.things[id] = { ...cloud.things[id], size: 9 };
    bench.cloud = cloud;
    expect((await bench.run("refresh")).steps).toEqual(["update base"]);
    expect(bench.resource("base")).toMatchObject({ outputs: { size: 9 } });
    bench.cloud = { ...cloud, things: {} };
    expect((await bench.run("up", { refresh: true })).steps).toEqual(["delete base", "create base"]);
  });

  test("destroy deletes everything and keeps the stack file", async () => {
    const run = await bench.run("destroy");
    expect(run.result).toBe("succeeded");
    expect(bench.labels).toEqual([]);
    expect(bench.state.resources).toEqual([]);
    expect(existsSync(join(bench.root, "state/.pulumi/history/lifecycle/dev"))).toBe(true);
  });
});

describe("delete before replace", () => {
  const bench = new Bench("exclusive");
  afterAll(() => bench.remove());

  test("dependants that would be replaced go first, others are updated", async () => {
    await bench.run("up");
    const mark = bench.cloud.log.length;
    const run = await bench.config({ zone: "north" }).run("up");
    expect(run.steps.slice(0, 2)).toEqual(["delete-replaced bound", "delete-replaced root"]);
    expect(run.counts).toMatchObject({ replace: 2, update: 1 });
    expect(bench.cloud.log.slice(mark, mark + 4)).toEqual([
      "delete bound",
      "delete root",
      "create root",
      "created root",
    ]);
    expect(bench.labels).toEqual(["apart", "bound", "loose", "root"]);
  });

  test("a preview shows the same and leaves the state alone", async () => {
    const before = bench.state.text;
    const run = await bench.config({ zone: "west" }).run("preview");
    expect(run.counts).toMatchObject({ replace: 2, update: 1 });
    expect(bench.state.text).toBe(before);
  });

  test("a failure in between leaves pending replacements, which the next run makes up for", async () => {
    const failed = await bench.config({ zone: "east", fail: "before" }).run("up");
    expect(failed).toMatchObject({ result: "failed", exitCode: 1, errors: ["the cloud refuses root"] });
    expect(
      bench.state.resources.filter((r) => r.pendingReplacement).map((r) => r.urn.split("::").at(-1)),
    ).toEqual(["root", "bound"]);
    const run = await bench.config({ zone: "east" }).run("up");
    expect(run.result).toBe("succeeded");
    expect(run.counts.replace).toBe(2);
    expect(bench.labels).toEqual(["apart", "bound", "loose", "root"]);
    expect(bench.state.text).not.toContain("pendingReplacement");
  });
});
