import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { openHubStorage } from "../../local/cloud/hub/storage";
import { projectRoot } from "../lib/localStack";
import { realShape } from "./chatText";
import {
  measure,
  measureNode,
  pythonUsage,
  pythonWithDatasets,
  startBenchHub,
  type Measured,
} from "./programs";
import { benchUpload } from "./uploads";
import { benchOwnFiles } from "./ownFiles";
import { sliceBytes, type SliceBytes } from "./sliceBytes";

/** The notebook's script, and its last step alone on a data set that is already in the cache. */
const notebook = `
import sys, os, time, datasets
datasets.disable_progress_bars()
out, percent, splits = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
os.makedirs(out, exist_ok=True)
spent = 0
for split in splits:
    data = datasets.load_dataset("bench/chat", split=f"{split}[:{percent}%]")
    started = time.perf_counter()
    data.to_json(f"{out}/{split}.jsonl")
    spent += time.perf_counter() - started
${pythonUsage}
print(json.dumps({"toJsonSeconds": spent}))
`;

export interface DataBenchOptions {
  /** 1 is the size of the real data set: 3 GB of text. */
  scale: number;
  /** Bandwidth of the cold runs, in MB/s. */
  megabytesPerSecond: number;
  /** Also measure the notebook's script. */
  python: boolean;
}

/**
 * `npm run bench -- data`: the data step beside the notebook's script with Python's datasets. A local hub serves generated data
 * of the real set's shape. Bytes over the wire are also reported as a multiple of the row groups that contain the slice (at most 1.2 for
 * this step) and as a share of all files.
 */
export async function benchData(options: DataBenchOptions, logLine: (line: string) => void): Promise<void> {
  const { scale, python: withPython } = options;
  const bytesPerSecond = options.megabytesPerSecond * 1e6;
  const python = withPython ? pythonWithDatasets() : undefined;
  if (withPython && !python) logLine("  (no Python with datasets: only this project's side is measured)");
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
  const script = path.join(projectRoot, "dist", "scripts", "download-dataset.js");
  const ours = (percent: number, directory: string, ...more: string[]): Promise<Measured> => {
    // The notebook's script examines no quality.
    const always = [
      "--download_dir",
      directory,
      "--dataset_split_pc",
      String(percent),
      "--json",
      "--checks",
      "off",
    ];
    return measureNode(script, [...always, ...more], env, work);
  };
  const fromHub = ["--dataset", "bench/chat"];
  const all = realShape.map(({ name }) => name).join(",");
  const theirs = (percent: number, directory: string, splits = all): Promise<Measured> =>
    measure(python ?? "", ["-c", notebook, directory, String(percent), splits], env, work);
  const report = (what: string, one: Measured, wire?: { bytes: number; of: SliceBytes }): void =>
    logLine(
      `  ${what.padEnd(44)}${one.seconds.toFixed(2).padStart(8)} s  cpu ${one.cpuSeconds.toFixed(2).padStart(7)} s  ${mega(one.peakBytes).padStart(6)} MB` +
        (wire ? `  ${onTheWire(wire.bytes, wire.of)}` : ""),
    );
  const ratio = (what: string, value: number): void =>
    logLine(`  ${what.padEnd(44)}${value.toFixed(1).padStart(8)} ×`);
  try {
    const slice = await sliceBytes(hub.endpoint, "bench/chat", 5);
    const train = await sliceBytes(hub.endpoint, "bench/chat", 100, ["train_sft"]);
    logLine(`Scale ${scale}, ${mega(bytesPerSecond)} MB/s for the cold runs`);
    logLine(
      `  5 % is in row groups of ${mega(slice.groups)} MB, of ${mega(slice.files)} MB of parquet files`,
    );
    await hub.limit(bytesPerSecond);
    const cold = await ours(5, "ours", ...fromHub);
    report("5 %, nothing cached: this step", cold, { bytes: await hub.limit(bytesPerSecond), of: slice });
    const warm = await ours(5, "ours", ...fromHub);
    report("5 %, again: this step", warm, { bytes: await hub.limit(bytesPerSecond), of: slice });
    if (python) {
      const theirCold = await theirs(5, "theirs");
      report("5 %, nothing cached: datasets", theirCold, {
        bytes: await hub.limit(bytesPerSecond),
        of: slice,
      });
      const theirWarm = await theirs(5, "theirs");
      report("5 %, again: datasets", theirWarm, { bytes: await hub.limit(0), of: slice });
      ratio("cold", theirCold.seconds / cold.seconds);
      ratio("warm", theirWarm.seconds / warm.seconds);
    }
    await hub.limit(0);
    const remote = await ours(100, "all", ...fromHub, "--splits", "train_sft");
    const { bytes } = (JSON.parse(remote.stdout) as { splits: { train_sft: { bytes: number } } }).splits
      .train_sft;
    const rate = (what: string, seconds: number): void =>
      logLine(`  ${`  ${what}`.padEnd(44)}${mega(bytes / seconds).padStart(8)} MB/s`);
    report(`all of train_sft (${mega(bytes)} MB), local hub: this step`, remote, {
      bytes: await hub.limit(0),
      of: train,
    });
    rate("parquet on the hub to checked JSONL", remote.seconds);
    const files = await parquetFiles(cache, work, "train_sft");
    const whole = await ours(100, "all-files", ...files.flatMap((file) => ["--files", `train_sft=${file}`]));
    report("all of train_sft, from its parquet: this step", whole);
    rate("parquet files to checked JSONL", whole.seconds);
    if (python) {
      const theirWhole = await theirs(100, "theirs-all", "train_sft");
      const { toJsonSeconds } = JSON.parse(theirWhole.stdout) as { toJsonSeconds: number };
      report("all of train_sft, from its cache: datasets", theirWhole);
      rate("to_json alone", toJsonSeconds);
      ratio("throughput", toJsonSeconds / whole.seconds);
    }
    const source = path.join(work, "all", "train_sft.jsonl");
    await benchOwnFiles({ source, work, python, report, logLine });
    await benchUpload(source, work, logLine);
  } finally {
    hub.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The files of a split as the hub stores them, linked under readable names. */
async function parquetFiles(cache: string, work: string, split: string): Promise<string[]> {
  const storage = openHubStorage(cache);
  const repository = await storage.find("bench/chat");
  const { files } = repository?.commits[repository.refs["main"] ?? ""] ?? { files: [] };
  return files
    .filter((file) => file.path.startsWith(`data/${split}-`))
    .map((file) => {
      const name = path.join(work, path.basename(file.path));
      symlinkSync(storage.blobPath(file.sha256), name);
      return name;
    });
}

/** Bytes received, as a multiple of the bytes required and as a share of all files. */
function onTheWire(bytes: number, { groups, files }: SliceBytes): string {
  return `${mega(bytes)} MB over the wire: ${(bytes / groups).toFixed(2)} × the row groups, ${((100 * bytes) / files).toFixed(1)} % of the files`;
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
