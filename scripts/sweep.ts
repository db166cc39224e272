import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { createCommand, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";
import { type Case, caseOf, idOf, type Mode, modes } from "./sweep/cases";
import { reliabilityDocument } from "./sweep/document";
import { Harness } from "./sweep/harness";
import { runTasks } from "./sweep/pool";
import { type FaultKind, faultKinds, requestOf } from "./sweep/requests";
import { openResults, type ResultFile, type RoutedResult } from "./sweep/results";
import { sampleOf } from "./sweep/sample";
import { slowDeployment } from "./sweep/slowDeployment";
import type { Task } from "./sweep/worker";

interface Options {
  mode?: Mode;
  route?: string;
  fault?: FaultKind;
  case?: string;
  sample?: boolean;
  workers: number;
  resume?: boolean;
  slowDeployment?: boolean;
  results: string;
  output?: boolean;
}

const examples = `
Examples:
  npm run sweep                                        every request and fault; writes docs/reliability.md
  npm run sweep -- --resume                            continues an interrupted sweep
  npm run sweep -- --sample                            every route and every fault at least once
  npm run sweep -- --mode adopt --route computes       the requests to a route
  npm run sweep -- --case "create/hang/GET identity #1"`;

/**
 * `npm run sweep`: strikes every request of an `up` on the local cloud with every fault, and checks that at most one more `up`
 * brings the stack up, that it was trained once, and that `destroy` leaves nothing.
 */
async function main(): Promise<number> {
  const command = createCommand("npm run sweep --", "Strikes every request of an up with every fault.")
    .addOption(new Option("--mode <mode>", "only this mode of the workspace").choices(modes))
    .option("--route <text>", "only requests whose method and route contain the text")
    .addOption(new Option("--fault <kind>", "only this fault").choices(faultKinds))
    .option("--case <id>", "only this case")
    .option("--sample", "a fixed sample that covers every route and every fault")
    .option("--workers <count>", "processes at the same time", wholeNumber, 2)
    .option(
      "--resume",
      "keep the results of an interrupted sweep; run the other cases, and those that failed",
    )
    .option(
      "--slow-deployment",
      "instead: an up whose deployment takes the service 40 minutes, while clients are killed",
    )
    .option("--results <file>", "file of the results", join(projectRoot, ".local/sweep.jsonl"))
    .option("--output", "print the output of the runs of failed cases")
    .addHelpText("after", examples)
    .parse();
  const options = command.opts<Options>();
  if (options.slowDeployment) return proveSlowDeployment();
  const results = openResults(options.results, options.resume === true);
  const isComplete = !options.case && !options.mode && !options.route && !options.fault && !options.sample;
  const { cases, routes } = await findCases(options);
  await runCases(cases, routes, results, options);
  const wanted = cases.flatMap((one) => results.known.get(idOf(one)) ?? []);
  const failed = wanted.filter(({ problems }) => problems.length > 0);
  const missed = wanted.filter((result) => result.missed).length;
  if (isComplete)
    writeFileSync(join(projectRoot, "docs/reliability.md"), reliabilityDocument(wanted, new Date()));
  print(
    `${wanted.length} cases, ${failed.length} failed${missed > 0 ? `, ${missed} met no request` : ""}.\n`,
  );
  return failed.length > 0 ? 1 : 0;
}

/** In an adopted workspace: the mode makes no difference to a deployment, and this one has fewer resources. */
async function proveSlowDeployment(): Promise<number> {
  const harness = new Harness();
  const problems = await slowDeployment(harness, "adopt");
  await harness.close();
  print(problems.length > 0 ? `${problems.join("\n")}\n` : "One deployment, one training.\n");
  return problems.length > 0 ? 1 : 0;
}

const print = (text: string): void => void process.stdout.write(text);

interface Found {
  cases: Case[];
  /** By mode and name of the request. */
  routes: ReadonlyMap<string, string>;
}

const routeKey = ({ mode, request }: Pick<Case, "mode" | "request">): string => `${mode} ${request}`;

/** The cases that the options choose, from the requests of an undisturbed `up`. */
async function findCases(options: Options): Promise<Found> {
  const { mode, route = "", fault, sample, workers } = options;
  const only = options.case === undefined ? undefined : caseOf(options.case);
  const tasks = modes
    .filter((one) => (only?.mode ?? mode ?? one) === one)
    .map((one) => ({ kind: "requests" as const, mode: one }));
  const cases: Case[] = [];
  const routes = new Map<string, string>();
  await runTasks(tasks, workers, (task, answer) => {
    if (answer.kind === "failed") throw new Error(`${task.mode}: ${answer.message}`);
    if (answer.kind !== "requests") return;
    for (const { name, route: declared } of answer.requests)
      routes.set(routeKey({ mode: task.mode, request: name }), declared);
    const all = sample
      ? sampleOf(task.mode, answer.requests)
      : answer.requests.flatMap(({ name }) =>
          faultKinds.map((kind) => ({ mode: task.mode, kind, request: name })),
        );
    cases.push(...all);
  });
  if (only) return { cases: [only], routes };
  const matches = (one: Case): boolean =>
    (routes.get(routeKey(one)) ?? "").includes(route) && (fault === undefined || one.kind === fault);
  return { cases: cases.filter(matches), routes };
}

type ProofTask = Extract<Task, { cases: Case[] }>;

/** Deaths share one `up`; other faults one for each ordinal, so that a path is struck once in a run. */
function tasksOf(cases: readonly Case[]): ProofTask[] {
  const tasks = new Map<string, ProofTask>();
  for (const one of cases) {
    const isDeath = one.kind.startsWith("die-");
    const group = isDeath ? "deaths" : `${one.kind} ${requestOf(one.request).ordinal}`;
    const key = `${one.mode} ${group}`;
    const task = tasks.get(key) ?? { kind: isDeath ? "deaths" : "together", mode: one.mode, cases: [] };
    tasks.set(key, task);
    task.cases.push(one);
  }
  // The largest of each mode first: workers take them from both ends.
  const rank = ({ mode, cases: own }: ProofTask): number => (mode === modes[0] ? -own.length : own.length);
  return [...tasks.values()].sort(
    (a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode) || rank(a) - rank(b),
  );
}

async function runCases(
  cases: readonly Case[],
  routes: ReadonlyMap<string, string>,
  results: ResultFile,
  { workers, output }: Options,
): Promise<void> {
  const unknown = (all: readonly Case[]): Case[] => all.filter((one) => !results.known.has(idOf(one)));
  const left = unknown(cases);
  let count = 0;
  const add = (result: RoutedResult): void => {
    results.add(result);
    count += 1;
    if (process.stdout.isTTY) print(`\r${count} of ${left.length} `);
    else if (count % 50 === 0) print(`${count} of ${left.length}\n`);
    if (result.problems.length === 0) return;
    print(`\nFAILED: npm run sweep -- --output --case "${result.id}"\n`);
    for (const problem of result.problems) print(`  ${problem}\n`);
    if (output) print(result.output);
  };
  const routeOf = (id: string): string => routes.get(routeKey(caseOf(id))) ?? "";
  // What a failure of the sweep itself leaves is tried once more, in new processes.
  for (const isLast of [false, true])
    await runTasks(tasksOf(unknown(left)), workers, (task, answer) => {
      if (answer.kind === "result") return add({ ...answer.result, route: routeOf(answer.result.id) });
      if (answer.kind !== "failed") return;
      const lost = unknown(task.cases);
      print(`\n${lost.length} cases were not proved${isLast ? "" : " yet"}: ${answer.message}\n`);
      if (!isLast) return;
      const problems = [`not proved: ${answer.message.split("\n")[0]}`];
      for (const id of lost.map(idOf))
        add({ id, outcome: undefined, missed: false, problems, output: "", route: routeOf(id) });
    });
  print("\n");
}

runMain(main);
