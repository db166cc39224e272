/** A Python with Azure's and MLflow's clients, all pinned, in a virtual environment kept between runs. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const REQUIREMENTS = path.join(__dirname, "requirements.txt");
const INSTALL_MINUTES = 15;
/** An environment that has been under way for longer than this belongs to a run that is gone. */
const STALE_MS = 20 * 60_000;

export type Python =
  | { available: true; executable: string; made: string }
  /** Why there is none; goes into the name of the skipped test. */
  | { available: false; reason: string };

/**
 * Finds or makes the environment. It is made while the test file is loaded, where no timeout of a test runs; later runs find
 * it in the temporary directory of the system under a name made of the pins.
 */
export function preparePython(): Python {
  const version = output("python3", ["-c", "import sys, venv, ensurepip; print(sys.version.split()[0])"]);
  if (version === undefined) return { available: false, reason: "no python3 with venv on PATH" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== 3 || minor < 10)
    return { available: false, reason: `python3 is ${version}, the pins want 3.10` };
  const pins = createHash("sha256").update(fs.readFileSync(REQUIREMENTS)).update(version).digest("hex");
  const folder = path.join(os.tmpdir(), `azureml-finetune-python-${pins.slice(0, 12)}`);
  const executable = path.join(folder, "bin", "python");
  const ready = path.join(folder, "ready");
  const owner = `${folder}.owner`;
  if (fs.existsSync(ready) || !claim(owner, ready))
    return { available: true, executable, made: `made earlier in ${fs.readFileSync(ready, "utf8")}` };
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
  return { available: true, executable, made: `made in ${seconds}` };
}

/**
 * True if this process is to make the environment: one does, whose number is in the file `owner`, while others wait for it (several
 * test files want the same). What a process that died has left is taken over. False once the environment is there.
 */
function claim(owner: string, ready: string): boolean {
  for (;;) {
    try {
      fs.writeFileSync(owner, String(process.pid), { flag: "wx" });
      if (!fs.existsSync(ready)) return true;
      fs.rmSync(owner); // It was made between the caller's look and this claim.
      return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isAbandoned(owner)) {
      // Of several that see this, one moves the file; whoever comes later must not move the new owner's.
      const aside = `${owner}.${process.pid}`;
      try {
        fs.renameSync(owner, aside);
        if (isAbandoned(aside)) fs.rmSync(aside);
        else fs.renameSync(aside, owner);
      } catch {
        // Somebody else was faster.
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
    if (pid > 0) process.kill(pid, 0); // Still empty: its owner is just writing it.
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function output(command: string, args: string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Why the command failed, in one line; undefined if it did not. */
function run(command: string, args: string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MINUTES * 60_000 });
  if (done.status === 0) return undefined;
  const lines = done.stderr?.trim().split("\n") ?? [];
  return (lines.at(-1) ?? String(done.error ?? "no reason given")).slice(0, 200);
}
