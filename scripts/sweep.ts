import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { createCommand, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";
import { type Case, type CaseResult, caseOf, idOf, type Mode, modes } from "./sweep/cases";
import { reliabilityDocument } from "./sweep/document";
import { runTasks } from "./sweep/pool";
import { type FaultKind, faultKinds } from "./sweep/requests";
import { sampleOf } from "./sweep/sample";

interface Options {
  mode?: Mode;
  route?: string;
  fault?: FaultKind;
  case?: string;
  sample?: boolean;
  workers: number;
  output?: boolean;
}

const examples = `
Examples:
  npm run sweep                                        every request and fault; writes docs/reliability.md
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
    .option("--output", "print the output of the runs of failed cases")
    .addHelpText("after", examples)
    .parse();
  const options = command.opts<Options>();
  const cases = options.case ? [caseOf(options.case)] : await findCases(options);
  const results = await runCases(cases, options);
  const failed = results.filter(({ problems }) => problems.length > 0);
  const missed = results.filter(({ missed }) => missed).length;
  const isComplete = !options.case && !options.mode && !options.route && !options.fault && !options.sample;
  if (isComplete) writeFileSync(join(projectRoot, "docs/reliability.md"), reliabilityDocument(results));
  print(
    `${results.length} cases, ${failed.length} failed${missed > 0 ? `, ${missed} met no request` : ""}.\n`,
  );
  return failed.length > 0 ? 1 : 0;
}

const print = (text: string): void => void process.stdout.write(text);

/** The cases that the options choose, from the requests of an undisturbed `up`. */
async function findCases({ mode, route = "", fault, sample, workers }: Options): Promise<Case[]> {
  const requests = new Map<Mode, string[]>();
  const tasks = modes
    .filter((one) => mode === undefined || one === mode)
    .map((one) => ({ kind: "requests" as const, mode: one }));
  await runTasks(tasks, workers, (task, answer) => {
    if (answer.kind !== "requests") throw new Error(`${task.mode}: ${messageOf(answer)}`);
    requests.set(task.mode, answer.requests);
  });
  const all = tasks.flatMap((task) => {
    const found = requests.get(task.mode) ?? [];
    if (sample) return sampleOf(task.mode, found);
    return found.flatMap((request) => faultKinds.map((kind) => ({ mode: task.mode, kind, request })));
  });
  return all.filter((one) => one.request.includes(route) && (fault === undefined || one.kind === fault));
}

const messageOf = (answer: { kind: string; message?: string }): string => answer.message ?? answer.kind;

async function runCases(cases: readonly Case[], { workers, output }: Options): Promise<CaseResult[]> {
  const results = new Map<string, CaseResult>();
  const tasks = cases.map((one) => ({ kind: "case" as const, case: one }));
  await runTasks(tasks, workers, (task, answer) => {
    const id = idOf(task.case);
    const broken = { id, outcome: undefined, missed: false, output: "" };
    const result = answer.kind === "case" ? answer.result : { ...broken, problems: [messageOf(answer)] };
    results.set(id, result);
    if (process.stdout.isTTY) print(`\r${results.size} of ${cases.length} `);
    else if (results.size % 50 === 0) print(`${results.size} of ${cases.length}\n`);
    if (result.problems.length === 0) return;
    print(`\nFAILED: npm run sweep -- --output --case "${id}"\n`);
    for (const problem of result.problems) print(`  ${problem}\n`);
    if (output) print(result.output);
  });
  print("\n");
  // In the order of the requests, whichever process was faster.
  return cases.flatMap((one) => results.get(idOf(one)) ?? []);
}

runMain(main);
