import { execFile, fork, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../lib/localStack";
import { cpuSecondsOf } from "./measure";
import type { HubCommand, HubEvent } from "./hubProcess";

const run = promisify(execFile);

/** One run of a program. */
export interface Measured {
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
  stdout: string;
}

/** The end of a Python program: writes its resource usage to the file BENCH_USAGE, as usage.ts does. */
export const pythonUsage = `
import json, os, re, resource
used = resource.getrusage(resource.RUSAGE_SELF)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) * 1024
json.dump({"cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": peak}, open(os.environ["BENCH_USAGE"], "w"))
`;

/** Runs a program that writes its resource usage to the file BENCH_USAGE. */
export async function measure(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Measured> {
  const directory = mkdtempSync(path.join(tmpdir(), "bench-usage-"));
  const usage = path.join(directory, "usage.json");
  const started = performance.now();
  try {
    const { stdout } = await run(command, args, {
      cwd,
      env: { ...process.env, ...env, BENCH_USAGE: usage },
      maxBuffer: 64 << 20,
    });
    const seconds = (performance.now() - started) / 1000;
    const account = JSON.parse(readFileSync(usage, "utf8")) as Pick<Measured, "cpuSeconds" | "peakBytes">;
    return { seconds, stdout, ...account };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a compiled script of this project. */
export function measureNode(
  script: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Measured> {
  const usage = path.join(projectRoot, "dist", "scripts", "bench", "usage.js");
  return measure(process.execPath, ["-r", usage, script, ...args], env, cwd);
}

/** The hub of the benchmark. */
export interface BenchHub {
  endpoint: string;
  /** Sets the bandwidth and returns the bytes sent since the last call. */
  limit(bytesPerSecond: number): Promise<number>;
  close(): void;
}

/** Starts the hub. The first start for a scale generates the data, which stay in `home`. */
export async function startBenchHub(home: string, scale: number): Promise<BenchHub> {
  const child = fork(path.join(__dirname, "hubProcess.js"), [home, String(scale)]);
  const event = await next(child);
  if (!("endpoint" in event)) throw new Error("the hub of the benchmark did not start");
  return {
    endpoint: event.endpoint,
    async limit(bytesPerSecond) {
      const answer = next(child);
      child.send({ bytesPerSecond } satisfies HubCommand);
      const event = await answer;
      return "sentBytes" in event ? event.sentBytes : 0;
    },
    close: () => child.disconnect(),
  };
}

function next(child: ChildProcess): Promise<HubEvent> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the hub of the benchmark ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (event) => {
      child.off("exit", onExit);
      resolve(event as HubEvent);
    });
  });
}

const datasetsVersion = "5.2.0";

/**
 * Python with `datasets`, in a virtual environment in the temporary directory, which is created if needed.
 * Undefined without Python or without a package index.
 */
export function pythonWithDatasets(): string | undefined {
  const home = path.join(tmpdir(), "azureml-finetune-datasets");
  const python = path.join(home, "bin", "python");
  const works = (): boolean =>
    existsSync(python) && spawnSync(python, ["-c", "import datasets"], { stdio: "ignore" }).status === 0;
  if (works()) return python;
  spawnSync("python3", ["-m", "venv", home], { stdio: "ignore" });
  spawnSync(python, ["-m", "pip", "-q", "install", `datasets==${datasetsVersion}`], { stdio: "ignore" });
  return works() ? python : undefined;
}

/** Azurite on a free port, over plain http. */
export async function startAzurite(): Promise<{
  address: string;
  account: string;
  key: string;
  /** Processor time so far. 0 without /proc. */
  cpuSeconds(): number;
  close(): void;
}> {
  const directory = mkdtempSync(path.join(tmpdir(), "bench-azurite-"));
  const account = "bench";
  const key = Buffer.alloc(64, 1).toString("base64");
  const script = require.resolve("azurite/dist/src/blob/main.js");
  const args = [
    script,
    "--blobPort",
    "0",
    "--location",
    directory,
    "--skipApiVersionCheck",
    "--disableTelemetry",
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (piece: Buffer) => {
      const found = /(?:listens|listening) (?:on|at) (http:\/\/\S+)/.exec((output += piece.toString()));
      if (found?.[1]) resolve(found[1]);
    });
    child.once("exit", (code) => reject(new Error(`Azurite ended with ${code}`)));
  });
  return {
    address: `${address}/${account}`,
    account,
    key,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    close() {
      child.once("exit", () => rmSync(directory, { recursive: true, force: true }));
      child.kill();
    },
  };
}
