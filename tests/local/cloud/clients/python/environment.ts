/** A Python with Azure's and MLflow's clients, all pinned, in a virtual environment kept between runs. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const REQUIREMENTS = path.join(__dirname, "requirements.txt");
const INSTALL_MINUTES = 15;
/** A half-made environment older than this belongs to a run that is gone. */
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
  if (fs.existsSync(ready))
    return { available: true, executable, made: `made earlier in ${fs.readFileSync(ready, "utf8")}` };
  if (!claim(folder)) return { available: false, reason: `${folder} is being made by another run` };
  const began = Date.now();
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

/** One run makes the folder; what a run that died has left is cleared away. */
function claim(folder: string): boolean {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch {
    if (Date.now() - fs.statSync(folder).mtimeMs < STALE_MS) return false;
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder);
    return true;
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
