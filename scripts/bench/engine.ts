import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../lib/localStack";
import { median, watchMemory, watchPeak } from "./measure";

/** Sizes of the stacks measured, in resources. */
export const defaultSizes = [1, 50, 200, 1000];

/** n resources without dependencies. Their provider is a constant text, like that of the project's own dynamic resources. */
const program = `
const pulumi = require("@pulumi/pulumi");
const __provider = 'exports.handler=()=>new(require(process.cwd()+"/handler.js").Handler)';
class Cell extends pulumi.CustomResource {
  constructor(name, args) {
    super("pulumi-nodejs:dynamic/bench:Cell", name, { made: undefined, ...args, __provider });
  }
}
for (let i = 0; i < Number(process.env.BENCH_SIZE); i += 1) new Cell("cell-" + i, { index: i });
`;

/**
 * A provider whose calls cost nothing and do not slow down as the stack grows: it appends one line per call.
 */
const handler = `
const fs = require("fs");
const record = (line) => fs.appendFileSync(process.env.BENCH_CLOUD, line + "\\n");
exports.Handler = class {
  async diff(_id, olds, news) { return { changes: olds.index !== news.index }; }
  async create(props) { record("create " + props.index); return { id: "cell/" + props.index, outs: { ...props, made: true } }; }
  async update(_id, _olds, news) { record("update " + news.index); return { outs: { ...news, made: true } }; }
  async delete(id) { record("delete " + id); }
};
`;

type Operation = "up" | "preview" | "destroy";
type Measured = { seconds: number; engineBytes: number; treeBytes: number };
type Sample = Record<Operation, Measured> & { checkpointBytes: number };
type Engine = {
  name: string;
  argv: (operation: Operation) => [string, string[]];
  prepare?: [string, string[]][];
};

const embedded: Engine = {
  name: "embedded engine",
  argv: (operation) => [
    process.execPath,
    [join(projectRoot, "dist/local/engine/cli.js"), ...command(operation), "--stack", "bench"],
  ],
};

function real(path: string): Engine {
  return {
    name: "Pulumi CLI",
    argv: (operation) => [path, [...command(operation), "--stack", "bench", "--non-interactive"]],
    prepare: [[path, ["stack", "init", "bench", "--non-interactive"]]],
  };
}

/** The preview is one of an unchanged stack. The other operations skip their preview. */
function command(operation: Operation): string[] {
  if (operation === "preview") return ["preview", "--expect-no-changes"];
  return operation === "up" ? ["up", "--yes", "--skip-preview"] : ["destroy", "--yes"];
}

/** The real Pulumi CLI, if it is on PATH. */
function findPulumi(): { path: string; version: string } | undefined {
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(directory, "pulumi");
    const version = spawnSync(path, ["version"], { encoding: "utf8" });
    if (version.status === 0 && /^v3\./.test(version.stdout)) return { path, version: version.stdout.trim() };
  }
  return undefined;
}

/**
 * Measures the embedded engine, and the Pulumi CLI if it is on PATH, on stacks of trivial dynamic resources,
 * the provider host included. Prints medians and ratios. Errors: the first run that fails, with its output.
 */
export async function benchEngine(
  runs: number,
  sizes: readonly number[],
  logLine: (line: string) => void,
): Promise<void> {
  const columns = ["resources", "up", "no-op preview", "destroy", "engine", "all processes", "checkpoint"];
  const line = (cells: readonly string[]): void =>
    logLine(`  ${cells.map((cell, index) => cell.padStart(index === 0 ? 10 : 14)).join("")}`);
  const measure = async (engine: Engine): Promise<Map<number, Record<Operation, number>>> => {
    logLine(`${engine.name}:`);
    line(columns);
    const medians = new Map<number, Record<Operation, number>>();
    for (const size of sizes) {
      const samples: Sample[] = [];
      for (let run = 0; run < runs; run += 1) samples.push(await lifecycle(engine, size));
      const seconds = (operation: Operation): number =>
        median(samples.map((sample) => sample[operation].seconds));
      const peak = (of: "engineBytes" | "treeBytes"): number =>
        median(samples.map(({ up, preview, destroy }) => Math.max(up[of], preview[of], destroy[of])));
      const times = { up: seconds("up"), preview: seconds("preview"), destroy: seconds("destroy") };
      medians.set(size, times);
      line([
        String(size),
        ...Object.values(times).map((time) => `${time.toFixed(2)} s`),
        `${(peak("engineBytes") / 2 ** 20).toFixed(0)} MiB`,
        `${(peak("treeBytes") / 2 ** 20).toFixed(0)} MiB`,
        `${(median(samples.map((sample) => sample.checkpointBytes)) / 1024).toFixed(0)} KiB`,
      ]);
    }
    logPerResource(medians, sizes, logLine);
    return medians;
  };
  const ours = await measure(embedded);
  const cli = findPulumi();
  if (!cli) return logLine("Pulumi CLI: none on PATH, so there is nothing to compare with (skipped)");
  logLine(`against ${cli.version}`);
  const theirs = await measure(real(cli.path));
  for (const size of sizes) {
    const [a, b] = [ours.get(size), theirs.get(size)];
    if (!a || !b) continue;
    const ratios = (["up", "preview", "destroy"] as const).map((operation) => {
      return `${operation} ${(a[operation] / b[operation]).toFixed(2)} ×`;
    });
    logLine(`  embedded / CLI at ${size}: ${ratios.join(", ")}`);
  }
}

/** The cost of one more resource in `up`, and whether it grows with the stack. */
function logPerResource(
  medians: ReadonlyMap<number, Record<Operation, number>>,
  sizes: readonly number[],
  logLine: (line: string) => void,
): void {
  const [smallest = 0, ...larger] = sizes;
  const base = medians.get(smallest)?.up ?? Number.NaN;
  const costs = larger.map((size) => {
    const cost = (1000 * ((medians.get(size)?.up ?? Number.NaN) - base)) / (size - smallest);
    logLine(`  up, each resource added up to ${String(size).padEnd(6)}${cost.toFixed(1).padStart(8)} ms`);
    return cost;
  });
  const [before, last] = costs.slice(-2);
  if (before === undefined || last === undefined) return;
  const [from, to] = larger.slice(-2);
  logLine(`  flatness, ${to} against ${from}: ${(last / before).toFixed(2)} × (1 is flat)`);
}

/** Creates, previews and destroys one stack in a temporary directory. */
async function lifecycle(engine: Engine, size: number): Promise<Sample> {
  const directory = mkdtempSync(join(tmpdir(), "azureml-finetune-bench-"));
  try {
    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    write("index.js", program);
    write("handler.js", handler);
    write("package.json", '{"name":"bench","version":"0.0.0","main":"index.js"}');
    write("Pulumi.yaml", "name: bench\nruntime: {name: nodejs, options: {typescript: false}}\n");
    if (!engine.prepare) write("Pulumi.bench.yaml", "");
    symlinkSync(join(projectRoot, "node_modules"), join(directory, "node_modules"));
    mkdirSync(join(directory, "state"));
    const env = {
      ...process.env,
      BENCH_CLOUD: join(directory, "cloud.txt"),
      BENCH_SIZE: String(size),
      PULUMI_BACKEND_URL: `file://${directory}/state`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
      PULUMI_HOME: join(directory, "home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    for (const step of engine.prepare ?? []) await timed(step, directory, env);
    const up = await timed(engine.argv("up"), directory, env);
    const checkpointBytes = statSync(join(directory, "state/.pulumi/stacks/bench/bench.json")).size;
    const preview = await timed(engine.argv("preview"), directory, env);
    const destroy = await timed(engine.argv("destroy"), directory, env);
    const calls = readFileSync(env.BENCH_CLOUD, "utf8").split("\n").length - 1;
    if (calls !== 2 * size) throw new Error(`expected ${2 * size} calls of the provider, counted ${calls}`);
    return { up, preview, destroy, checkpointBytes };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Wall time and memory of one command: of its own process, and of all its processes together. */
async function timed(
  [file, argv]: [string, string[]],
  cwd: string,
  env: NodeJS.ProcessEnv & { BENCH_CLOUD: string },
): Promise<Measured> {
  const stopWatching = watchMemory(`BENCH_CLOUD=${env.BENCH_CLOUD}`);
  const started = performance.now();
  const child = spawn(file, argv, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const stopPeak = watchPeak(child.pid ?? 0);
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  child.stderr.on("data", (data) => (text += data));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  const measured = { seconds, engineBytes: stopPeak(), treeBytes: stopWatching() };
  if (code !== 0) throw new Error(`${file} ${argv.join(" ")} ended with ${code}:\n${text}`);
  return measured;
}
