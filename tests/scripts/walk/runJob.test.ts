import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performAction } from "../../../scripts/lib/walk/actions";
import { type Contexts, type Runner, walkWorkflow } from "../../../scripts/lib/walk/runJob";
import { inOrder, readWorkflow } from "../../../scripts/lib/walk/workflow";

const root = mkdtempSync(join(tmpdir(), "walk-"));
mkdirSync(join(root, ".github/workflows"), { recursive: true });
afterAll(() => rmSync(root, { recursive: true, force: true }));

const contexts: Contexts = { github: { event_name: "push" }, vars: {}, inputs: {} };

/** A runner that records commands; a command with `fail` fails, and `output` writes one. */
function recorder(leftOut: string[] = [], stacks: string[] = []) {
  const ran: string[] = [];
  const runner: Runner = {
    ...{ root, stacks },
    log: () => undefined,
    shell: async (command, env) => {
      ran.push(`${command}${env["STACK"] ? ` of ${env["STACK"]}` : ""}`);
      const outputs: Record<string, string> = command.includes("output") ? { changes: "true" } : {};
      return { ok: !command.includes("fail"), outputs };
    },
    action: async (name, given) => void ran.push(`${name} ${JSON.stringify(given)}`),
    leavesOut: (id) => (leftOut.includes(id) ? "on request" : undefined),
  };
  return { ran, runner };
}

function write(name: string, jobs: string, on = "push: {}"): string {
  const file = `.github/workflows/${name}.yml`;
  writeFileSync(join(root, file), `name: ${name}\non:\n  ${on}\njobs:\n${jobs}`);
  return file;
}

it("runs jobs after those that they need, and a called workflow with its inputs and outputs", async () => {
  write(
    "called",
    `  pulumi:
    environment: \${{ inputs.stack }}
    outputs:
      changes: \${{ steps.preview.outputs.changes }}
    env:
      STACK: \${{ inputs.stack }}
    steps:
      - run: login
      - id: preview
        if: inputs.command == 'preview'
        run: output
      - if: inputs.command == 'up'
        run: up
`,
    `workflow_call:
    inputs:
      stack: { required: true, type: string }
      command: { default: preview, type: string }
    outputs:
      changes: { value: "\${{ jobs.pulumi.outputs.changes }}" }`,
  );
  const file = write(
    "merge",
    `  prod:
    needs: plan
    if: needs.plan.outputs.changes == 'true'
    uses: ./.github/workflows/called.yml
    with: { stack: prod, command: up }
  none:
    needs: plan
    if: needs.plan.outputs.changes == 'false'
    uses: ./.github/workflows/called.yml
    with: { stack: none }
  after-none:
    needs: none
    steps: [{ run: never }]
  plan:
    uses: ./.github/workflows/called.yml
    with: { stack: prod }
`,
  );
  const { ran, runner } = recorder();
  const { result, jobs } = await walkWorkflow(runner, file, contexts);
  expect(ran).toEqual(["login of prod", "output of prod", "login of prod", "up of prod"]);
  expect(result).toBe("success");
  expect(jobs["after-none"]?.result).toBe("skipped");
});

it("after a failure runs only what asks for it, and skips the jobs that need it", async () => {
  const file = write(
    "failing",
    `  first:
    steps:
      - { id: one, run: fail }
      - { run: skipped }
      - { if: "\${{ failure() && steps.one.outcome == 'failure' }}", run: tidy }
      - { if: always(), uses: "x/y@1", with: { path: reports } }
  second:
    needs: first
    steps: [{ run: never }]
  report:
    needs: [first, second]
    if: \${{ !cancelled() }}
    steps: [{ run: report }]
`,
  );
  const { ran, runner } = recorder();
  const { result } = await walkWorkflow(runner, file, contexts);
  expect(ran).toEqual(["fail", "tidy", 'x/y@1 {"path":"reports"}', "report"]);
  expect(result).toBe("failure");
});

it("runs each combination of a matrix, and leaves out jobs on request", async () => {
  const file = write(
    "matrix",
    `  previews:
    strategy: { fail-fast: false, matrix: { stack: [dev, prod] } }
    env: { STACK: "\${{ matrix.stack }}" }
    steps: [{ run: preview }]
  test:
    steps: [{ run: npm test }]
`,
  );
  const { ran, runner } = recorder(["test"]);
  await walkWorkflow(runner, file, contexts);
  expect(ran).toEqual(["preview of dev", "preview of prod"]);
  const one = recorder(["test"], ["prod"]);
  await walkWorkflow(one.runner, file, contexts);
  expect(one.ran).toEqual(["preview of prod"]);
});

it("refuses a part of a workflow that it does not support, by its path", () => {
  const file = write("unknown", "  job:\n    steps: [{ run: x, shell: pwsh }]\n");
  expect(() => readWorkflow(root, file)).toThrow(/unknown.yml has a part .*jobs.job.steps.0.*"shell"/);
  expect(() => inOrder({ a: { needs: ["b"], steps: [] } })).toThrow("job a needs b, which does not exist");
});

it("refuses an action that it does not know, by name", () => {
  const home = { checkout: root, artifacts: root, merged: root, forge: "", port: 0 };
  expect(() => performAction("some/action@1", {}, home, root)).toThrow(
    "does not know the action some/action",
  );
  expect(() => performAction("pulumi/actions@1", { command: "up" }, home, root)).toThrow("command: up");
});

it("understands every workflow of the repository, with all expressions in it", () => {
  const files = readdirSync(".github/workflows");
  for (const file of files)
    expect(() => inOrder(readWorkflow(".", `.github/workflows/${file}`).jobs)).not.toThrow();
});
