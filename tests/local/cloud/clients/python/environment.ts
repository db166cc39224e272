/**
 * Python environments with Azure's and MLflow's clients, all pinned, in virtual environments that are kept
 * between runs.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { finishedOnce, firstLine, folderFor, output } from "../../../../judges/preparedOnce";

/** The newest clients, older ones (azure-ai-ml of a year before, mlflow 2), or Azure's command line. */
export type Pins = "requirements" | "requirements-older" | "requirements-az";
const INSTALL_MINUTES = 15;
const WHEELS = ["--no-deps", "--only-binary", ":all:"];

export type Python =
  | { available: true; executable: string; made: string }
  /** Why it is not available. Part of the name of the skipped test. */
  | { available: false; reason: string };

/**
 * Finds or creates the environment. It is created while the test file loads, outside the time limit of a
 * test. Later runs find it in the system's temporary directory under a name derived from the pins.
 */
export function preparePython(pinned: Pins = "requirements"): Python {
  const version = output("python3", ["-c", "import sys, venv, ensurepip; print(sys.version.split()[0])"]);
  if (version === undefined) return { available: false, reason: "no python3 with venv on PATH" };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== 3 || minor < 10)
    return { available: false, reason: `python3 is ${version}, the pins require 3.10` };
  const folder = pinnedFolder(pinned, version);
  const executable = path.join(folder, "bin", "python");
  const seconds = path.join(folder, "seconds");
  const failure = finishedOnce(folder, () => {
    const began = Date.now();
    const reason =
      run("python3", ["-m", "venv", "--without-pip", folder]) ?? install(executable, pinned, version);
    if (reason === undefined) fs.writeFileSync(seconds, `${Math.round((Date.now() - began) / 1000)} s`);
    return reason;
  });
  if (failure !== undefined)
    return { available: false, reason: `the packages could not be installed: ${failure}` };
  return { available: true, executable, made: `created in ${fs.readFileSync(seconds, "utf8")}` };
}

/**
 * Installs the pins with uv: azure-cli's 150 wheels take it 12 s. pip takes 124 s, and 530 s if it compiles every module.
 * pip installs them where uv fails, for example with a package index that only pip's configuration names.
 * @returns the reason of a failure
 */
function install(executable: string, pinned: Pins, version: string): string | undefined {
  const pins = [...WHEELS, "--requirement", file(pinned)];
  const uv = prepareUv(version);
  const cache = { UV_CACHE_DIR: `${uv}-cache` };
  if (uv && run(uv, ["pip", "install", "--python", executable, ...pins], cache) === undefined)
    return undefined;
  return run("python3", ["-m", "pip", "--python", executable, "install", "--no-compile", ...pins]);
}

/** The program uv, undefined if it cannot be installed. */
function prepareUv(version: string): string | undefined {
  const folder = pinnedFolder("requirements-uv", version);
  const target = ["--no-compile", "--target", folder, "--requirement", file("requirements-uv")];
  const failure = finishedOnce(folder, () => run("python3", ["-m", "pip", "install", ...WHEELS, ...target]));
  return failure === undefined ? path.join(folder, "bin", "uv") : undefined;
}

const file = (pinned: string): string => path.join(__dirname, `${pinned}.txt`);

/** The folder for what a file pins, for one version of Python. */
function pinnedFolder(pinned: string, version: string): string {
  const hash = createHash("sha256")
    .update(fs.readFileSync(file(pinned)))
    .update(version);
  return folderFor("venv", hash.digest("hex"));
}

/** Runs a command. Returns the reason of a failure in one line, or undefined. */
function run(command: string, args: string[], more: NodeJS.ProcessEnv = {}): string | undefined {
  const env = { ...process.env, ...more };
  const done = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MINUTES * 60_000, env });
  if (done.status === 0) return undefined;
  return firstLine(done.stderr, done.error);
}
