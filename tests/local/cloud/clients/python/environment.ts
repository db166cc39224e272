/**
 * A Python environment with Azure's and MLflow's clients, all pinned, in a virtual environment that is kept
 * between runs.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const REQUIREMENTS = path.join(__dirname, "requirements.txt");
const INSTALL_MINUTES = 15;
/** An installation that has lasted longer than this belongs to a run that has died. */
const STALE_MS = 20 * 60_000;

export type Python =
  | { available: true; executable: string; made: string }
  /** Why it is not available. Part of the name of the skipped test. */
  | { available: false; reason: string };

/**
 * Finds or creates the environment. It is created while the test file loads, outside the time limit of a
 * test. Later runs find it in the system's temporary directory under a name derived from the pins.
 */
export function preparePython(): Python {
  const version = output("python3", ["-c", "import sys, venv, ensurepip; print(sys.version.split()[0])"]);
  if (version === undefined) return { available: false, reason: "no python3 with venv on PATH" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== 3 || minor < 10)
    return { available: false, reason: `python3 is ${version}, the pins require 3.10` };
  const pins = createHash("sha256").update(fs.readFileSync(REQUIREMENTS)).update(version).digest("hex");
  const folder = path.join(os.tmpdir(), `azureml-finetune-python-${pins.slice(0, 12)}`);
  const executable = path.join(folder, "bin", "python");
  const ready = path.join(folder, "ready");
  const owner = `${folder}.owner`;
  if (fs.existsSync(ready) || !claim(owner, ready))
    return { available: true, executable, made: `created earlier in ${fs.readFileSync(ready, "utf8")}` };
  try {
    return make(folder, executable, ready);
  } finally {
    fs.rmSync(owner, { force: true });
  }
}

function make(folder: string, executable: string, ready: string): Python {
  const began = Date.now();
  fs.rmSync(folder, { recursive: true, force: true });
  const failure =
    run("python3", ["-m", "venv", folder]) ??
    run(executable, [
      ...[
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
      ],
      ...["--requirement", REQUIREMENTS],
    ]);
  if (failure !== undefined) {
    fs.rmSync(folder, { recursive: true, force: true });
    return { available: false, reason: `the packages could not be installed: ${failure}` };
  }
  const seconds = `${Math.round((Date.now() - began) / 1000)} s`;
  fs.writeFileSync(ready, seconds);
  return { available: true, executable, made: `created in ${seconds}` };
}

/**
 * Returns true if this process has to create the environment. The process whose id is in the file `owner`
 * creates it, while the other test files wait. A claim of a dead process is taken over. Returns false once
 * the environment exists.
 */
function claim(owner: string, ready: string): boolean {
  for (;;) {
    try {
      fs.writeFileSync(owner, String(process.pid), { flag: "wx" });
      if (!fs.existsSync(ready)) return true;
      fs.rmSync(owner); // Another process created it between the caller's check and this claim.
      return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isAbandoned(owner)) {
      // If several processes see the abandoned claim, one moves the file. A later one must not move the new
      // owner's file.
      const aside = `${owner}.${process.pid}`;
      try {
        fs.renameSync(owner, aside);
        if (isAbandoned(aside)) fs.rmSync(aside);
        else fs.renameSync(aside, owner);
      } catch {
        // Another process was faster.
      }
      continue;
    }
    if (fs.existsSync(ready)) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function isAbandoned(owner: string): boolean {
  try {
    const pid = Number(fs.readFileSync(owner, "utf8"));
    if (Date.now() - fs.statSync(owner).mtimeMs > STALE_MS) return true;
    if (pid > 0) process.kill(pid, 0); // An empty file: its owner is about to write its id.
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function output(command: string, args: string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Runs a command. Returns the reason of a failure in one line, or undefined. */
function run(command: string, args: string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MINUTES * 60_000 });
  if (done.status === 0) return undefined;
  const lines = done.stderr?.trim().split("\n") ?? [];
  return (lines.at(-1) ?? String(done.error ?? "no reason given")).slice(0, 200);
}
