import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { projectRoot } from "../lib/localStack";
import { realShape } from "./chatText";
import {
  measure,
  measureNode,
  pythonWithDatasets,
  startAzurite,
  startBenchHub,
  type Measured,
} from "./programs";

export const dataUsage = `npm run bench -- data [--scale F] [--megabytes-per-second N] [--without-python]

The data step beside the notebook's script with Python's datasets: generated data of the real set's shape, served by a local hub. --scale 1 is the
real set's size (3 GB of text; the first time minutes to generate); default 0.05. Bandwidth for the cold runs: 25 MB/s.
`;

/** The notebook's script, and its last step alone on a data set that is in the cache already. */
const notebook = `
import sys, os, json, time, resource, datasets
datasets.disable_progress_bars()
out, percent, splits, usage = sys.argv[1], sys.argv[2], sys.argv[3].split(","), os.environ["BENCH_USAGE"]
os.makedirs(out, exist_ok=True)
spent = 0
for split in splits:
    data = datasets.load_dataset("bench/chat", split=f"{split}[:{percent}%]")
    began = time.perf_counter()
    data.to_json(f"{out}/{split}.jsonl")
    spent += time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF)
json.dump({"cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": used.ru_maxrss * 1024}, open(usage, "w"))
print(json.dumps({"toJsonSeconds": spent}))
`;

interface Settings {
  scale: number;
  bytesPerSecond: number;
  withPython: boolean;
}

/** The section `data` of the benchmark. Prints as it goes. */
export async function benchData(argv: readonly string[], say: (line: string) => void): Promise<number> {
  const { scale, bytesPerSecond, withPython } = readSettings(argv);
  const python = withPython ? pythonWithDatasets() : undefined;
  if (withPython && !python) say("  (no Python with datasets: only our side is measured)");
  const cache = path.join(tmpdir(), `azureml-finetune-bench-${scale}`);
  const work = mkdtempSync(path.join(tmpdir(), "azureml-finetune-bench-data-"));
  mkdirSync(cache, { recursive: true });
  const hub = await startBenchHub(cache, scale);
  const env = {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: path.join(work, "hf"),
    HF_HUB_DISABLE_TELEMETRY: "1",
    HF_HUB_DISABLE_XET: "1",
  };
  const ours = (percent: number, directory: string, ...more: string[]): Promise<Measured> =>
    measureNode(
      path.join(projectRoot, "dist", "scripts", "download-dataset.js"),
      [
        "--dataset",
        "bench/chat",
        "--download_dir",
        directory,
        "--dataset_split_pc",
        String(percent),
        "--json",
        ...more,
      ],
      env,
      work,
    );
  const all = realShape.map(({ name }) => name).join(",");
  const theirs = (percent: number, directory: string, splits = all): Promise<Measured> =>
    measure(python ?? "", ["-c", notebook, directory, String(percent), splits], env, work);
  const report = (what: string, one: Measured, bytes?: number): void =>
    say(
      `  ${what.padEnd(44)}${one.seconds.toFixed(2).padStart(8)} s  cpu ${one.cpuSeconds.toFixed(2).padStart(7)} s  ${mega(one.peakBytes).padStart(6)} MB` +
        (bytes === undefined ? "" : `  ${mega(bytes)} MB over the wire`),
    );
  const ratio = (what: string, value: number): void =>
    say(`  ${what.padEnd(44)}${value.toFixed(1).padStart(8)} ×`);
  try {
    say(`Scale ${scale}, ${mega(bytesPerSecond)} MB/s for the cold runs`);
    await hub.limit(bytesPerSecond);
    const cold = await ours(5, "ours");
    report("5 %, nothing cached: this step", cold, await hub.limit(bytesPerSecond));
    const warm = await ours(5, "ours");
    report("5 %, again: this step", warm, await hub.limit(bytesPerSecond));
    if (python) {
      const theirCold = await theirs(5, "theirs");
      report("5 %, nothing cached: datasets", theirCold, await hub.limit(bytesPerSecond));
      const theirWarm = await theirs(5, "theirs");
      report("5 %, again: datasets", theirWarm, await hub.limit(0));
      ratio("cold", theirCold.seconds / cold.seconds);
      ratio("warm", theirWarm.seconds / warm.seconds);
    }
    await hub.limit(0);
    const whole = await ours(100, "all", "--splits", "train_sft");
    const { bytes } = (JSON.parse(whole.stdout) as { splits: { train_sft: { bytes: number } } }).splits
      .train_sft;
    report(`all of train_sft (${mega(bytes)} MB): this step`, whole, await hub.limit(0));
    say(
      `  ${"  throughput, hub to checked JSONL".padEnd(44)}${mega(bytes / whole.seconds).padStart(8)} MB/s`,
    );
    if (python) {
      const theirWhole = await theirs(100, "theirs-all", "train_sft");
      const { toJsonSeconds } = JSON.parse(theirWhole.stdout) as { toJsonSeconds: number };
      report("all of train_sft, from its cache: datasets", theirWhole);
      say(`  ${"  throughput of to_json alone".padEnd(44)}${mega(bytes / toJsonSeconds).padStart(8)} MB/s`);
      ratio("throughput", toJsonSeconds / whole.seconds);
    }
    await benchUpload(path.join(work, "all", "train_sft.jsonl"), work, say);
    return 0;
  } finally {
    hub.close();
    rmSync(work, { recursive: true, force: true });
  }
}

async function benchUpload(file: string, work: string, say: (line: string) => void): Promise<void> {
  const azurite = await startAzurite();
  try {
    for (const how of ["ours", "sdk"]) {
      const script = path.join(__dirname, "upload.js");
      const done = await measureNode(
        script,
        [how, file, azurite.address, azurite.account, azurite.key],
        {},
        work,
      );
      const { seconds, bytes } = JSON.parse(done.stdout) as { seconds: number; bytes: number };
      const what =
        how === "ours" ? "upload to Azurite: this step" : "upload to Azurite: the SDK's uploadFile";
      say(
        `  ${what.padEnd(44)}${mega(bytes / seconds).padStart(8)} MB/s  cpu ${done.cpuSeconds.toFixed(2)} s  ${mega(done.peakBytes)} MB`,
      );
    }
  } finally {
    azurite.close();
  }
}

function readSettings(argv: readonly string[]): Settings {
  const number = (flag: string, fallback: number): number => {
    const at = argv.indexOf(flag);
    const value = at < 0 ? fallback : Number(argv[at + 1]);
    if (Number.isFinite(value) && value > 0) return value;
    throw new Error(
      `${flag}: "${argv[at + 1] ?? ""}" is not a number above 0; for example ${flag} ${fallback}`,
    );
  };
  return {
    scale: number("--scale", 0.05),
    bytesPerSecond: number("--megabytes-per-second", 25) * 1e6,
    withPython: !argv.includes("--without-python"),
  };
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
