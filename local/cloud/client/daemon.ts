import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildId } from "../buildId";
import { type CloudInfo, cloudFile, readCloudFile } from "../cloudFile";
import type { CloudStatus } from "../control";
import type { Inventory } from "../inventory";
import { isAlive, type ProcessIdentity, takeLock } from "../lock";
import { cloudHome, compiledFile, localHome } from "../paths";
import { cloudPort } from "../ports";
import { CloudStartError, StoreError } from "../startError";
import { isReachable, callLocal, type LocalCall } from "./request";

export type { CloudInfo } from "../cloudFile";

const POLL_MS = 40;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** A longer log is renamed to `cloud.log.1` at the next start. */
const LOG_BYTES = 4 * 1024 * 1024;

interface ClientOptions {
  /** The project whose `.local` is used. Default: the project these files belong to. */
  root?: string;
  /** Source of AZUREML_LOCAL_HOME and AZUREML_LOCAL_PORT. Default: process.env. */
  env?: NodeJS.ProcessEnv;
}

interface EnsureOptions extends ClientOptions {
  /** Receives progress, one line at a time; not called if the cloud already runs. */
  onProgress?: (line: string) => void;
}

/**
 * Starts the cloud in the background if necessary, and restarts it if it runs older code or on another port.
 * Concurrent callers share one cloud.
 * @throws CloudStartError, StoreError that say what to do
 */
export async function ensureCloud(options: EnsureOptions = {}): Promise<CloudInfo> {
  const home = homeOf(options);
  const port = cloudPort(options.env ?? process.env);
  const running = await usable(home, port);
  if (running) return running;
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const unlock = await lockStart(home);
  try {
    return (await usable(home, port)) ?? (await start(home, port, options));
  } finally {
    unlock();
  }
}

export async function cloudStatus(
  options: ClientOptions = {},
): Promise<{ info: CloudInfo; status: CloudStatus; inventory: Inventory } | undefined> {
  const home = homeOf(options);
  const info = liveInfo(home);
  if (!info) return undefined;
  const status = await callLocal<CloudStatus>(home, info, { route: "/local/status" });
  const inventory = await callLocal<Inventory>(home, info, { route: "/local/inventory" });
  return { info, status, inventory };
}

/** @throws CloudStartError("NotRunning") if it does not run; LocalCloudError if it refuses the call */
export async function callCloud<T>(call: LocalCall, options: ClientOptions = {}): Promise<T> {
  const home = homeOf(options);
  const info = liveInfo(home);
  if (info) return callLocal<T>(home, info, call);
  throw new CloudStartError(
    "NotRunning",
    "The local cloud is not running. Start it with `npm run local -- start` or any stack command.",
  );
}

/** Keeps its state. False if it did not run. */
export async function stopCloud(options: ClientOptions = {}): Promise<boolean> {
  return stop(homeOf(options));
}

/** With its state and that of the local stack, whose resources are gone. */
export async function resetCloud(options: ClientOptions = {}): Promise<void> {
  await stopCloud(options);
  const home = localHome(options.env ?? process.env, options.root);
  for (const name of ["cloud", "state"]) {
    fs.rmSync(path.join(home, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface LogOptions extends ClientOptions {
  /** Continues with later lines until `signal` (default: forever). */
  follow?: boolean;
  signal?: AbortSignal;
  write?: (text: string) => void;
}

export async function cloudLogs(options: LogOptions = {}): Promise<void> {
  const file = logFile(homeOf(options));
  const write = options.write ?? ((text: string) => void process.stdout.write(text));
  if (!fs.existsSync(file) && !options.follow) {
    write(`There is no log yet: the local cloud writes ${file} when it starts.\n`);
    return;
  }
  let offset = 0;
  do {
    const text = readFrom(file, offset);
    // A shorter log was renamed: start at the beginning.
    offset = text === undefined ? 0 : offset + text.length;
    if (text && text.length > 0) write(text.toString("utf8"));
    if (options.follow) await delay(200, undefined, { signal: options.signal }).catch(() => undefined);
  } while (options.follow && !options.signal?.aborted);
}

function homeOf(options: ClientOptions): string {
  return cloudHome(options.env ?? process.env, options.root);
}

function logFile(home: string): string {
  return path.join(home, "cloud.log");
}

function liveInfo(home: string): CloudInfo | undefined {
  const info = readCloudFile(home);
  return info && isAlive(info.process) ? info : undefined;
}

async function usable(home: string, port: number): Promise<CloudInfo | undefined> {
  const info = liveInfo(home);
  if (!info || info.port !== port || info.build !== buildId()) return undefined;
  return (await isReachable(home, info)) ? info : undefined;
}

/** The others wait for its result. */
async function lockStart(home: string): Promise<() => void> {
  const deadline = Date.now() + START_TIMEOUT_MS + STOP_TIMEOUT_MS;
  for (;;) {
    try {
      return takeLock(path.join(home, "start.lock"));
    } catch (error) {
      if (!(error instanceof StoreError) || Date.now() > deadline) throw error;
    }
    await delay(POLL_MS);
  }
}

async function start(home: string, port: number, options: EnsureOptions): Promise<CloudInfo> {
  const logProgress = options.onProgress ?? (() => {});
  const old = liveInfo(home);
  if (old) {
    const why =
      old.port !== port
        ? `it runs on port ${old.port} instead of ${port}`
        : old.build !== buildId()
          ? "it runs older code"
          : "it does not answer";
    logProgress(`local cloud: restarting, ${why}`);
  } else {
    logProgress(`local cloud: starting on port ${port}`);
  }
  await stop(home);
  const log = logFile(home);
  if (fs.existsSync(log) && fs.statSync(log).size > LOG_BYTES) fs.renameSync(log, `${log}.1`);
  const offset = fs.existsSync(log) ? fs.statSync(log).size : 0;
  const output = fs.openSync(log, "a", 0o600);
  const child = spawn(
    process.execPath,
    [compiledFile("local/cloud/main.js"), "--home", home, "--port", String(port)],
    {
      detached: true,
      stdio: ["ignore", output, output],
      env: daemonEnvironment(options.env ?? process.env),
      cwd: home,
    },
  );
  fs.closeSync(output);
  try {
    return await untilReady(home, child, offset);
  } finally {
    child.removeAllListeners();
    child.unref();
  }
}

/** Removes options meant for the caller's own process (debuggers, loaders). */
function daemonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const copy = { ...env };
  for (const name of ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_CHANNEL_FD"]) delete copy[name];
  return copy;
}

async function untilReady(home: string, child: ChildProcess, logOffset: number): Promise<CloudInfo> {
  let exitReason: string | undefined;
  child.once("error", (error) => (exitReason = error.message));
  child.once("exit", (code, signal) => (exitReason = `it exited with ${signal ?? `code ${code}`}`));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const info = liveInfo(home);
    if (info?.pid === child.pid && info) return info;
    if (exitReason !== undefined) throw startFailure(home, logOffset, exitReason);
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      throw startFailure(home, logOffset, `it was not ready within ${START_TIMEOUT_MS / 1000} s`);
    }
    await delay(POLL_MS);
  }
}

/** The reason that the process itself printed, if any. */
function startFailure(home: string, logOffset: number, defaultReason: string): CloudStartError {
  const text = readFrom(logFile(home), logOffset)?.toString("utf8") ?? "";
  const reason = /^START FAILED (?:(\w+): )?(.*)$/m.exec(text);
  const why = (reason?.[2] ?? defaultReason).replace(/\.$/, "");
  const message = `The local cloud did not start: ${why}. Its log: ${logFile(home)}`;
  return new CloudStartError(reason?.[1] === "PortInUse" ? "PortInUse" : "StartFailed", message);
}

function readFrom(file: string, offset: number): Buffer | undefined {
  if (!fs.existsSync(file)) return Buffer.alloc(0);
  const handle = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(handle);
    if (size < offset) return undefined;
    const buffer = Buffer.alloc(size - offset);
    return buffer.subarray(0, fs.readSync(handle, buffer, 0, buffer.length, offset));
  } finally {
    fs.closeSync(handle);
  }
}

/** From cloud.json or, during a start or if that file is damaged, from the store's lock. */
function holderOf(home: string): ProcessIdentity | undefined {
  const info = liveInfo(home);
  if (info) return info.process;
  try {
    const holder = JSON.parse(fs.readFileSync(path.join(home, "store", "lock"), "utf8")) as ProcessIdentity;
    return holder.pid !== process.pid && isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

async function stop(home: string): Promise<boolean> {
  const holder = holderOf(home);
  if (!holder) {
    fs.rmSync(cloudFile(home), { force: true });
    return false;
  }
  signal(holder, "SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(holder)) {
    if (Date.now() > deadline) signal(holder, "SIGKILL");
    await delay(POLL_MS);
  }
  fs.rmSync(cloudFile(home), { force: true });
  return true;
}

function signal(holder: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(holder.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
