import { readAzurePipeline } from "./azurePipeline";
import { condition, type Context, interpolate, type Value } from "./expression";
import { combinations, inOrder, type Job, readWorkflow, type Step, type Workflow } from "./workflow";

export type Result = "success" | "failure" | "skipped";

/** What carries out the steps; the walk itself only decides which ones. */
export interface Runner {
  /** The project with the workflow files. */
  root: string;
  log(line: string): void;
  /** Runs a command in a shell. Returns whether it succeeded, and what it wrote to GITHUB_OUTPUT. */
  shell(
    command: string,
    env: Record<string, string>,
  ): Promise<{ ok: boolean; outputs: Record<string, string> }>;
  /** Does what an action would do. Throws for one that it does not know. */
  action(name: string, given: Record<string, string>, env: Record<string, string>): Promise<void>;
  /** The only values of `stack` in a matrix; empty: all. */
  stacks: readonly string[];
  /** Why a job is left out of this walk; `undefined` to run it. */
  leavesOut(id: string, job: Job): string | undefined;
}

/** Contexts of an event: `github`, `inputs`, `vars`. */
export type Contexts = Record<string, Value>;

interface Finished {
  result: Result;
  outputs: Record<string, string>;
}

/** Runs the jobs of a workflow one after the other. A job that is left out counts as successful. */
export async function walkWorkflow(
  runner: Runner,
  file: string,
  contexts: Contexts,
  prefix = "",
): Promise<{ result: Result; outputs: Record<string, string>; jobs: Record<string, Finished> }> {
  const workflow = file.startsWith("azure-pipelines/")
    ? readAzurePipeline(runner.root, file, inputsOf(contexts))
    : readWorkflow(runner.root, file);
  const jobs: Record<string, Finished> = {};
  for (const [id, job] of inOrder(workflow.jobs)) {
    const context = jobContext(contexts, job, jobs, workflow);
    const title = `${prefix}${id}`;
    const reason = prefix === "" ? runner.leavesOut(id, job) : undefined;
    if (reason !== undefined) {
      runner.log(`── ${title}: left out, ${reason}`);
      jobs[id] = { result: "success", outputs: {} };
    } else if (!condition(job.if, context)) {
      runner.log(`── ${title}: skipped${job.if ? ` (if: ${job.if})` : ""}`);
      jobs[id] = { result: "skipped", outputs: {} };
    } else {
      jobs[id] = await walkMatrix(runner, title, job, workflow, context);
    }
  }
  const results = Object.values(jobs).map(({ result }) => result);
  const values = { ...contexts, jobs: jobsValue(jobs) };
  const wanted = workflow.on["workflow_call"]?.outputs ?? {};
  const outputs = Object.fromEntries(
    Object.entries(wanted).map(([name, { value }]) => [name, interpolate(value, { values, status: clean })]),
  );
  return { result: results.includes("failure") ? "failure" : "success", outputs, jobs };
}

const inputsOf = ({ inputs }: Contexts): Record<string, Value> =>
  typeof inputs === "object" && inputs !== null && !Array.isArray(inputs) ? inputs : {};

const clean = { failed: false, cancelled: false };

const jobsValue = (jobs: Record<string, Finished>): Value =>
  Object.fromEntries(Object.entries(jobs).map(([id, { result, outputs }]) => [id, { result, outputs }]));

/** `success()` of a job asks all jobs that it needs, and `failure()` also those that they need. */
function jobContext(
  contexts: Contexts,
  job: Job,
  done: Record<string, Finished>,
  workflow: Workflow,
): Context {
  const ancestors = new Set<string>();
  const visit = (id: string): void => {
    if (ancestors.has(id)) return;
    ancestors.add(id);
    workflow.jobs[id]?.needs.forEach(visit);
  };
  job.needs.forEach(visit);
  const needs = Object.fromEntries(
    job.needs.map((id) => [id, done[id] ?? { result: "skipped", outputs: {} }]),
  );
  return {
    values: { ...contexts, needs: jobsValue(needs) },
    status: {
      failed: [...ancestors].some((id) => done[id]?.result === "failure"),
      cancelled: false,
      skipped: job.needs.some((id) => done[id]?.result === "skipped"),
    },
  };
}

async function walkMatrix(
  runner: Runner,
  title: string,
  job: Job,
  workflow: Workflow,
  context: Context,
): Promise<Finished> {
  const all: Finished[] = [];
  const isWalked = ({ stack }: Record<string, string>): boolean =>
    stack === undefined || runner.stacks.length === 0 || runner.stacks.includes(stack);
  for (const matrix of combinations(job).filter(isWalked)) {
    const values = { ...context.values, matrix };
    const named = [title, ...Object.values(matrix)].join(" ");
    all.push(
      job.uses === undefined
        ? await walkSteps(runner, named, job, workflow, values)
        : await walkCalled(runner, named, job, job.uses, values),
    );
  }
  const failed = all.some(({ result }) => result === "failure");
  return {
    result: failed ? "failure" : "success",
    outputs: Object.assign({}, ...all.map((one) => one.outputs)),
  };
}

async function walkCalled(
  runner: Runner,
  title: string,
  job: Job,
  uses: string,
  values: Contexts,
): Promise<Finished> {
  const file = uses.replace(/^\.\//, "");
  const declared = readWorkflow(runner.root, file).on["workflow_call"]?.inputs ?? {};
  const given = Object.fromEntries(
    Object.entries(job.with ?? {}).map(([name, text]) => [
      name,
      interpolate(text, { values, status: clean }),
    ]),
  );
  for (const [name, { required }] of Object.entries(declared))
    if (required && !(name in given)) throw new Error(`${title} calls ${file} without its input ${name}`);
  const defaults = Object.fromEntries(
    Object.entries(declared).map(([name, row]) => [name, row.default ?? ""]),
  );
  const { github = null, vars = null } = values;
  const inputs = { ...defaults, ...given };
  return walkWorkflow(runner, file, { github, vars, inputs }, `${title} / `);
}

/** The steps of one job, in order: a failure skips those that do not ask for it. */
async function walkSteps(
  runner: Runner,
  title: string,
  job: Job,
  workflow: Workflow,
  contexts: Contexts,
): Promise<Finished> {
  runner.log(
    `── ${title}${job.environment ? ` (environment ${interpolate(job.environment, { values: contexts, status: clean })})` : ""}`,
  );
  const status = { failed: false, cancelled: false };
  const steps: Record<string, Value> = {};
  const context = (env: Record<string, string>): Context => ({
    values: { ...contexts, steps, env },
    status,
  });
  const filled = (given: Record<string, string> | undefined, env: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(given ?? {}).map(([name, text]) => [name, interpolate(text, context(env))]),
    );
  const common = filled({ ...workflow.env, ...job.env }, {});
  for (const step of job.steps) {
    const name = step.name ?? step.run?.trim().split("\n")[0] ?? step.uses?.split("@")[0] ?? "";
    const record = (outcome: Result, outputs: Record<string, string> = {}): void => {
      if (step.id) steps[step.id] = { outcome, conclusion: outcome, outputs };
    };
    if (!condition(step.if, context(common))) {
      record("skipped");
      continue;
    }
    runner.log(`   ${name}`);
    const env = { ...common, ...filled(step.env, common) };
    const { ok, outputs } = await runStep(runner, step, env, filled(step.with, env));
    record(ok ? "success" : "failure", outputs);
    if (!ok) {
      status.failed = true;
      runner.log(`   FAILED: ${name}`);
    }
  }
  const outputs = filled(job.outputs, common);
  return { result: status.failed ? "failure" : "success", outputs };
}

async function runStep(
  runner: Runner,
  { run, uses, "working-directory": folder }: Step,
  env: Record<string, string>,
  given: Record<string, string>,
): Promise<{ ok: boolean; outputs: Record<string, string> }> {
  if (run !== undefined) return runner.shell(folder ? `cd '${folder}'\n${run}` : run, env);
  await runner.action(uses ?? "", given, env);
  return { ok: true, outputs: {} };
}
