/**
 * A Python environment with Azure's and MLflow's clients, all pinned, in a virtual environment that is kept
 * between runs.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { finishedOnce, firstLine, folderFor, output } from "../../../../judges/preparedOnce";

/** Azure's and MLflow's clients for Python, or Azure's command line. */
type Pins = "requirements" | "requirements-az";
const INSTALL_MINUTES = 15;

export type Python =
  | { available: true; executable: string; made: string }
  /** Why it is not available. Part of the name of the skipped test. */
  | { available: false; reason: string };

/**
 * Finds or creates the environment. It is created while the test file loads, outside the time limit of a
 * test. Later runs find it in the system's temporary directory under a name derived from the pins.
 */
export function preparePython(pinned: Pins = "requirements"): Python {
  const requirements = path.join(__dirname, `${pinned}.txt`);
  const version = output("python3", ["-c", "import sys, venv, ensurepip; print(sys.version.split()[0])"]);
  if (version === undefined) return { available: false, reason: "no python3 with venv on PATH" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== 3 || minor < 10)
    return { available: false, reason: `python3 is ${version}, the pins require 3.10` };
  const pins = createHash("sha256").update(fs.readFileSync(requirements)).update(version).digest("hex");
  const folder = folderFor("venv", pins);
  const executable = path.join(folder, "bin", "python");
  const seconds = path.join(folder, "seconds");
  const failure = finishedOnce(folder, () => {
    const began = Date.now();
    const reason = install(folder, executable, requirements);
    if (reason === undefined) fs.writeFileSync(seconds, `${Math.round((Date.now() - began) / 1000)} s`);
    return reason;
  });
  if (failure !== undefined)
    return { available: false, reason: `the packages could not be installed: ${failure}` };
  return { available: true, executable, made: `created in ${fs.readFileSync(seconds, "utf8")}` };
}

/** Returns the reason of a failure. */
function install(folder: string, executable: string, requirements: string): string | undefined {
  return (
    run("python3", ["-m", "venv", folder]) ??
    run(executable, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--no-deps", "--only-binary", ":all:", "--requirement", requirements],
    ])
  );
}

/** Runs a command. Returns the reason of a failure in one line, or undefined. */
function run(command: string, args: string[]): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MINUTES * 60_000 });
  if (done.status === 0) return undefined;
  return firstLine(done.stderr, done.error);
}
