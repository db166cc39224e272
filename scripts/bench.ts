import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import * as path from "node:path";
import { benchData, dataUsage } from "./bench/data";
import { measureTokensPerSecond } from "../local/trainer/bench";
import { benchEngine, defaultSizes } from "./lib/engineBench";
import { projectRoot } from "./lib/localStack";
import { measureCloud } from "./lib/cloudLoad/load";
import { runMain } from "./lib/failure";
import { median, watchMemory } from "./lib/measure";
import { makeSandbox } from "./lib/sandbox";

const usage = `npm run bench -- [cloud | engine [--sizes 1,50,200,1000]] [--runs N]
npm run bench -- data [--scale F]

cloud: 200 clients at once on the local cloud's control plane and 50 that score: p50, p99, errors, what is lost, memory.
engine: the embedded engine alone, on stacks of so many trivial resources, provider host included: up, no-op preview and
destroy, peak memory of the engine's process and of all together, checkpoint, what each resource adds, and how the Pulumi CLI
compares where there is one on PATH.
Without either it prints medians: cold start to scored answer, no-op preview, destroy, peak memory of all processes together, fine-tuning
tokens/s, and the program's start-up compiled against type-checked on every run. Default: 3 runs.
`;

interface Lifecycle {
  coldStart: number;
  secondStart: number;
  preview: number;
  destroy: number;
  peakBytes: number;
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes("--help")) {
    process.stdout.write(argv[0] === "data" ? dataUsage : usage);
    return 0;
  }
  if (argv[0] === "cloud") {
    say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "cpu"}`);
    await measureCloud({ row });
    return 0;
  }
  if (argv[0] === "data") return benchData(argv.slice(1), say);
  const at = argv.indexOf("--runs");
  const runs = at < 0 ? 3 : Number(argv[at + 1]);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs: "${argv[at + 1] ?? ""}" is not a number of runs; for example --runs 3`);

  say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "cpu"}, median of ${runs}`);
  if (argv[0] === "engine") {
    await benchEngine(runs, readSizes(argv), say);
    return 0;
  }
  const lifecycles: Lifecycle[] = [];
  for (let run = 0; run < runs; run++) lifecycles.push(await measureLifecycle());
  const seconds = (of: keyof Lifecycle): string => `${median(lifecycles.map((one) => one[of])).toFixed(1)} s`;
  row("cold start to scored answer", seconds("coldStart"));
  row("second start, nothing to do", seconds("secondStart"));
  row("no-op preview", seconds("preview"));
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
  return 0;
}

/** The sizes asked for, from small to large. Errors: what is not a list of whole numbers. */
function readSizes(argv: readonly string[]): readonly number[] {
  const at = argv.indexOf("--sizes");
  if (at < 0) return defaultSizes;
  const sizes = (argv[at + 1] ?? "").split(",").map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return sizes.sort((a, b) => a - b);
  throw new Error(
    `--sizes: "${argv[at + 1] ?? ""}" is no list of whole numbers; for example --sizes 1,50,200`,
  );
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
    const preview = await timed("stack", "preview", "--expect-no-changes");
    const destroy = await timed("stack", "destroy");
    return { coldStart, secondStart, preview, destroy, peakBytes };
  } finally {
    await sandbox.dispose();
  }
}

/**
 * Seconds to load the whole program: its compiled form, or through ts-node with type checking, which is what Pulumi does by
 * default. Loading runs no resource code: the program exports a function that is not called.
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
  // ts-node keeps what it has compiled; a checkout that has just changed, or a build agent, finds nothing there.
  const cache = mkdtempSync(path.join(tmpdir(), "azureml-finetune-bench-"));
  const env = { ...process.env, TS_NODE_CACHE_DIRECTORY: cache };
  const began = performance.now();
  const done = spawnSync(process.execPath, ["-e", code], { cwd: projectRoot, encoding: "utf8", env });
  const seconds = (performance.now() - began) / 1000;
  rmSync(cache, { recursive: true, force: true });
  if (done.status !== 0) throw new Error(`loading the program (${how}) failed:\n${done.stderr}`);
  return seconds;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row(name: string, value: string): void {
  say(`  ${name.padEnd(46)}${value.padStart(14)}`);
}

runMain(main);
