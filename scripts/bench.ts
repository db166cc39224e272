import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import * as path from "node:path";
import type { Command } from "commander";
import { measureTokensPerSecond } from "../local/trainer/bench";
import { measureCloud } from "./bench/cloudLoad/load";
import { benchData, type DataBenchOptions } from "./bench/data";
import { benchEngine, defaultSizes } from "./bench/engine";
import { median, watchMemory } from "./bench/measure";
import { type ProcessShare, watchProcesses } from "./bench/processShares";
import { createCommand, numberFrom, wholeNumber } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";
import { makeSandbox } from "./lib/sandbox";

interface Lifecycle {
  coldStart: number;
  secondStart: number;
  preview: number;
  destroy: number;
  peakBytes: number;
  /** Of the no-op preview. */
  shares: ProcessShare[];
}

type Timed = "coldStart" | "secondStart" | "preview" | "destroy";

/** `npm run bench`: measurements of the whole project, or of one part. */
async function main(): Promise<number> {
  const bench = createCommand(
    "npm run bench --",
    "Prints medians of measurements; with a command, those of one part.",
  )
    .option("--runs <n>", "how often each measurement is repeated", wholeNumber, 3)
    .addHelpText(
      "after",
      "\nWithout a command: cold start to scored answer, second start, no-op preview with the share of each process, destroy,\n" +
        "peak memory, fine-tuning speed, and the program's start-up compiled and type-checked at run time.",
    )
    .action(({ runs }: { runs: number }) => benchProject(runs));
  bench
    .command("cloud")
    .description(
      "the local cloud under 200 clients, 50 of which score: latencies, errors, lost writes, memory",
    )
    .action(() => {
      printMachine();
      return measureCloud({ row });
    });
  bench
    .command("engine")
    .description("the embedded engine on stacks of trivial resources, and the Pulumi CLI if it is on PATH")
    .option("--sizes <list>", "resources per stack, separated by commas", sizesFrom, defaultSizes)
    .action(({ sizes }: { sizes: readonly number[] }, command: Command) => {
      const { runs } = command.optsWithGlobals<{ runs: number }>();
      printMachine(runs);
      return benchEngine(runs, sizes, logLine);
    });
  bench
    .command("data")
    .description("the data step beside the notebook's script with Python's datasets")
    .option("--scale <f>", "1 is the size of the real data set, 3 GB of text", numberFrom(0.0001), 0.05)
    .option("--megabytes-per-second <n>", "bandwidth of the cold runs", numberFrom(0.1), 25)
    .option("--no-python", "measure this project's side only")
    .action((options: DataBenchOptions) => benchData(options, logLine));
  await bench.parseAsync();
  return 0;
}

async function benchProject(runs: number): Promise<void> {
  printMachine(runs);
  const lifecycles: Lifecycle[] = [];
  for (let run = 0; run < runs; run++) lifecycles.push(await measureLifecycle());
  const seconds = (of: Timed): string => `${median(lifecycles.map((one) => one[of])).toFixed(1)} s`;
  row("cold start to scored answer", seconds("coldStart"));
  row("second start, nothing to do", seconds("secondStart"));
  row("no-op preview", seconds("preview"));
  for (const line of shareLines(lifecycles.map(({ shares }) => shares))) logLine(line);
  row("destroy", seconds("destroy"));
  row(
    "peak memory of all processes",
    `${(median(lifecycles.map((one) => one.peakBytes)) / 2 ** 30).toFixed(2)} GiB`,
  );

  const speed: number[] = [];
  for (let run = 0; run < runs; run++) speed.push((await measureTokensPerSecond()).tokensPerSecond);
  row("fine-tuning", `${median(speed).toFixed(0)} tokens/s`);

  const compiled: number[] = [];
  const checked: number[] = [];
  for (let run = 0; run < runs; run++) {
    compiled.push(loadSeconds("compiled"));
    checked.push(loadSeconds("type-checked"));
  }
  row("program start-up, compiled", `${median(compiled).toFixed(2)} s`);
  row("program start-up, type-checked at run time", `${median(checked).toFixed(2)} s`);
  row("ratio", `${(median(checked) / median(compiled)).toFixed(1)} ×`);
}

/** One line per process of the no-op preview: when it ran, and its processor time. */
function shareLines(runs: ReadonlyArray<readonly ProcessShare[]>): string[] {
  const names = [...new Set(runs.flat().map(({ name }) => name))];
  const lines = names.map((name) => {
    const middle = (of: "fromSeconds" | "toSeconds" | "cpuSeconds"): string =>
      median(runs.map((shares) => shares.find((share) => share.name === name)?.[of] ?? 0)).toFixed(1);
    const span = `${middle("fromSeconds")}–${middle("toSeconds")} s`;
    return `    ${name.padEnd(44)}${span.padStart(14)}  cpu ${middle("cpuSeconds")} s`;
  });
  const total = median(runs.map((shares) => shares.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)));
  return [...lines, `    ${"together".padEnd(44)}${"".padStart(14)}  cpu ${total.toFixed(1)} s`];
}

/** The sizes of a list, from small to large. Errors: what is not a list of whole numbers. */
function sizesFrom(text: string): readonly number[] {
  return text
    .split(",")
    .map(wholeNumber)
    .sort((a, b) => a - b);
}

async function measureLifecycle(): Promise<Lifecycle> {
  const sandbox = await makeSandbox(projectRoot);
  try {
    const stopWatching = watchMemory(`AZUREML_LOCAL_PORT=${sandbox.env["AZUREML_LOCAL_PORT"]}`);
    const timed = async (script: string, ...args: string[]): Promise<number> => {
      const done = await sandbox.run(script, ...args);
      if (done.code !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${done.all}`);
      return done.seconds;
    };
    const coldStart = await timed("start");
    const peakBytes = stopWatching();
    const secondStart = await timed("start");
    const previewed = sandbox.start("stack", "preview", "--expect-no-changes");
    const stopWatchingShares = watchProcesses(previewed.pid);
    const { code, all, seconds: preview } = await previewed.finished;
    const shares = stopWatchingShares();
    if (code !== 0) throw new Error(`the no-op preview failed:\n${all}`);
    const destroy = await timed("stack", "destroy");
    return { coldStart, secondStart, preview, destroy, peakBytes, shares };
  } finally {
    await sandbox.dispose();
  }
}

/**
 * Seconds to load the whole program, either compiled or through ts-node with type checking, which is Pulumi's default. Loading
 * runs no resource code: the program exports a function, which is not called.
 */
function loadSeconds(how: "compiled" | "type-checked"): number {
  const code =
    how === "compiled"
      ? `require(${JSON.stringify(path.join(projectRoot, "dist", "index.js"))})`
      : [
          'const { tsnodeRequire, typescriptRequire } = require("@pulumi/pulumi/tsutils").typeScriptRequireStrings();',
          "require(tsnodeRequire).register({ compiler: typescriptRequire });",
          `require(${JSON.stringify(path.join(projectRoot, "index.ts"))});`,
        ].join("\n");
  // ts-node caches its output. A checkout that has just changed, or a build agent, starts without it.
  const cache = mkdtempSync(path.join(tmpdir(), "azureml-finetune-bench-"));
  const env = { ...process.env, TS_NODE_CACHE_DIRECTORY: cache };
  const started = performance.now();
  const done = spawnSync(process.execPath, ["-e", code], { cwd: projectRoot, encoding: "utf8", env });
  const seconds = (performance.now() - started) / 1000;
  rmSync(cache, { recursive: true, force: true });
  if (done.status !== 0) throw new Error(`loading the program (${how}) failed:\n${done.stderr}`);
  return seconds;
}

function printMachine(runs?: number): void {
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? "cpu"}`;
  logLine(`node ${process.version}, ${processor}${runs === undefined ? "" : `, median of ${runs}`}`);
}

function logLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row(name: string, value: string): void {
  logLine(`  ${name.padEnd(46)}${value.padStart(14)}`);
}

runMain(main);
