/**
 * Folders in the system's temporary directory that tests prepare once and keep between runs: a built program, an installed
 * package. Their names are derived from everything that determines their content.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A preparation that has lasted longer than this belongs to a run that has died. */
const STALE_MS = 20 * 60_000;

/** The folder for content that `hash` (hex) determines. */
export function folderFor(kind: string, hash: string): string {
  return path.join(os.tmpdir(), `azureml-finetune-${kind}-${hash.slice(0, 12)}`);
}

/**
 * Lets `make` fill the folder, unless it was filled before. The process whose id is in the file `<folder>.owner` does it,
 * while other test files wait.
 * @param make returns the reason of a failure
 * @returns the reason of a failure, undefined when the folder is ready
 */
export function finishedOnce(folder: string, make: () => string | undefined): string | undefined {
  const ready = path.join(folder, "ready");
  const owner = `${folder}.owner`;
  if (fs.existsSync(ready) || !claim(owner, ready)) return undefined;
  try {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    const failure = make();
    if (failure === undefined) fs.writeFileSync(ready, "");
    else fs.rmSync(folder, { recursive: true, force: true });
    return failure;
  } finally {
    fs.rmSync(owner, { force: true });
  }
}

/** Returns true if this process has to prepare the folder, false once another one has. */
function claim(owner: string, ready: string): boolean {
  for (;;) {
    try {
      fs.writeFileSync(owner, String(process.pid), { flag: "wx" });
      if (!fs.existsSync(ready)) return true;
      fs.rmSync(owner); // Another process finished between the caller's check and this claim.
      return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isAbandoned(owner)) {
      // If several processes see the abandoned claim, one moves the file. A later one must not move the new owner's file.
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

/** What a command prints, or undefined if it fails or does not exist. */
export function output(command: string, args: string[], env = process.env): string | undefined {
  const done = spawnSync(command, args, { encoding: "utf8", env });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** The reason of a failure in one line. */
export function firstLine(text: string | null, error?: Error): string {
  const lines = (text ?? "").trim().split("\n").filter(Boolean);
  return (lines.at(-1) ?? error?.message ?? "no reason given").slice(0, 200);
}
