import { Bench } from "./harness";

describe("failures", () => {
  const bench = new Bench("failures");
  afterAll(() => bench.remove());

  test("a failed creation fails the run with its reason and keeps what was made", async () => {
    const run = await bench.config({ fail: "before" }).run("up");
    expect(run).toMatchObject({ result: "failed", exitCode: 1, errors: ["the cloud refuses bad"] });
    expect(bench.resource("good")).toMatchObject({ id: "thing-1" });
    expect(bench.resource("bad")).toBeUndefined();
    expect(bench.state.pending).toEqual([]);
  });

  test("a resource that did not come up is kept with its errors, then updated without any change", async () => {
    const run = await bench.config({ fail: "init" }).run("up");
    expect(run.errors[0]).toContain("bad does not answer");
    expect(bench.resource("bad")).toMatchObject({ id: "thing-2", initErrors: ["bad does not answer"] });
    const again = await bench.config({ fail: "init" }).run("up");
    expect(again.result).toBe("failed");
    expect(bench.cloud.log.at(-1)).toBe("update bad");
    const fixed = await bench.config({}).run("up");
    expect(fixed).toMatchObject({ result: "succeeded", steps: ["update bad"] });
    expect(bench.resource("bad")).not.toHaveProperty("initErrors");
  });

  test("a failed update keeps the old inputs and outputs", async () => {
    const before = bench.resource("bad");
    const run = await bench.config({ fail: "before" }).run("up");
    expect(run.result).toBe("failed");
    expect(bench.resource("bad")).toEqual(before);
    expect(run.outputs).toMatchObject({ badId: "thing-2", goodToken: "token of good" });
  });

  test("invalid inputs are named by property and value, and nothing is made", async () => {
    const run = await bench.config({ label: "invalid" }).run("up");
    expect(run.errors).toEqual(['property label with value "invalid" has a problem: must not be invalid']);
    expect(bench.resource("bad")).toMatchObject({ inputs: { label: "bad" } });
  });

  test("an exception of the program is shown as it is and deletes nothing", async () => {
    const log = bench.cloud.log;
    const run = await bench.config({ throw: "yes" }).run("up");
    expect(run).toMatchObject({ result: "failed", exitCode: 1 });
    expect(run.errors).toEqual(["first line\nsecond line"]);
    expect(bench.cloud.log).toEqual(log);
  });
});
