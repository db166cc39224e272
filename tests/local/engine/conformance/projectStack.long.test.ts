import { spawnSync } from "node:child_process";
import type { Sandbox } from "../../../../scripts/lib/sandbox";
import { exportedEnvironment, makeTestSandbox, stateOf } from "../../../lifecycle/support";
import { expectSuccess } from "../../../expectExit";
import { findPulumi } from "./lib/real";
import { readCheckpoint } from "./lib/state";

const pulumi = findPulumi();

/** The document that `--json` prints at the end of an operation. */
type Report = { steps: { op: string; urn: string }[]; changeSummary: Record<string, number>; result: string };

// The project's own program on the local cloud, as a conformance program. tests/lifecycle tests all its
// operations; this file tests the rules that apply to every program.
describe("the project's own stack", () => {
  let sandbox: Sandbox;
  let planned: string[] = [];

  /** Runs an operation of the embedded engine and reads its report; a failure shows everything it printed. */
  const run = async (...argv: string[]): Promise<Report> => {
    const done = await sandbox.run("stack", ...argv, "--json");
    expectSuccess(done);
    return JSON.parse(done.stdout) as Report;
  };
  const changes = ({ steps }: Report): string[] =>
    steps
      .filter(({ op, urn }) => op !== "same" && op !== "read" && !/::default(_|$)/.test(urn))
      .map(({ op, urn }) => `${op} ${urn}`)
      .sort();

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
  });
  afterAll(() => sandbox.dispose());

  test("preview (1): a new stack is planned as creations, and nothing is written (engine.md §7)", async () => {
    planned = changes(await run("preview"));
    expect(planned.length).toBeGreaterThan(15);
    expect(planned.filter((step) => !step.startsWith("create "))).toEqual([]);
    expect(() => stateOf(sandbox)).toThrow();
  });

  test("up (2): the plan is executed step by step, and the state is valid", async () => {
    expect(changes(await run("up"))).toEqual(planned);
    const { state, pending } = readCheckpoint(stateOf(sandbox).text, "local");
    expect(pending).toEqual([]);
    const urns = Object.values(state).map(({ urn }) => String(urn));
    expect(planned.filter((step) => !urns.includes(step.replace("create ", "")))).toEqual([]);
  });

  test("preview and refresh (3): there are no changes and no drift", async () => {
    expect(changes(await run("preview", "--expect-no-changes"))).toEqual([]);
    expect(changes(await run("refresh", "--expect-no-changes"))).toEqual([]);
  });

  (pulumi ? test : test.skip)(
    `preview (4): Pulumi finds no changes either${pulumi ? "" : " (skipped: there is no pulumi on PATH)"}`,
    async () => {
      const env = {
        ...process.env,
        ...(await exportedEnvironment(sandbox)),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      const argv = ["preview", "--expect-no-changes", "--non-interactive", "--stack", "local"];
      const done = spawnSync(pulumi ?? "", argv, { cwd: sandbox.root, env, encoding: "utf8" });
      expect(done.status === 0 ? "" : done.stdout + done.stderr).toBe("");
    },
  );

  test("destroy (5): everything that was created is deleted, dependants first", async () => {
    const before = readCheckpoint(stateOf(sandbox).text, "local");
    const done = await run("destroy");
    const order = done.steps.map(({ urn }) => urn);
    const wrong = Object.values(before.state).flatMap(({ urn, dependencies, parent }) =>
      [...((dependencies as string[] | undefined) ?? []), String(parent ?? "")]
        .filter((other) => order.includes(other) && order.indexOf(other) < order.indexOf(String(urn)))
        .map((other) => `${other} was deleted before ${String(urn)}`),
    );
    expect(wrong).toEqual([]);
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});
