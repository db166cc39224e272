import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "../harness";

describe("programs", () => {
  const bench = new Bench("refused");
  afterAll(() => bench.remove());

  test.each([
    ["hook", /uses resource hooks, .*run it with the Pulumi CLI/],
    ["exit", /^Program exited with non-zero exit code: 7$/],
  ])("a program with an unsupported feature (%s) fails with one paragraph", async (use, message) => {
    const run = await bench.config({ use }).run("up");
    expect(run).toMatchObject({ result: "failed", exitCode: 1 });
    expect(run.errors).toEqual([expect.stringMatching(message)]);
    const printed = run.events.filter((event) => event.kind === "output");
    expect(JSON.stringify(printed)).not.toMatch(/\bat /);
  });

  test("splits node arguments as a shell does", async () => {
    writeFileSync(
      join(bench.project, "Pulumi.yaml"),
      `name: refused\nruntime: {name: nodejs, options: {typescript: false, nodeargs: "--title='two words' --no-warnings"}}\n`,
    );
    const run = await bench.config({ use: "nothing" }).run("up", { env: { ...bench.env, WORDS: "kept" } });
    expect(run.outputs).toEqual({ received: ["kept", "--title=two words"] });
  });
});
