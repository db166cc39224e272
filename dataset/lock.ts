import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DatasetError, errnoOf, fileSystemError } from "./errors";
import { interrupted } from "./httpErrors";

/** How long to wait for another process, and where to report it. */
interface LockOptions {
  /** Longest wait in milliseconds. Default 10 minutes. */
  waitMs?: number;
  signal?: AbortSignal;
  notice: (text: string) => void;
}

interface Owner {
  id: string;
  pid: number;
  host: string;
}

/**
 * A lock that was not refreshed for this long belongs to a process that has ended. (It is refreshed every 5
 * s.)
 */
const staleAfterMs = 60_000;
const refreshMs = 5_000;

/**
 * Locks the directory for one process at a time. `.download.lock` names its owner. A second process waits.
 * The lock of a process that has ended is taken over at once. Returns the function that releases the lock.
 *
 * Hand-written: proper-lockfile 4.1.2 would save about 80 of these lines and cost 22 ms of CPU at start, but
 * it recognizes a killed process only by the age of its lock and cannot name the owner.
 */
export async function lockDirectory(directory: string, options: LockOptions): Promise<() => Promise<void>> {
  const path = join(directory, ".download.lock");
  const me: Owner = { id: randomUUID(), pid: process.pid, host: hostname() };
  const deadline = Date.now() + (options.waitMs ?? 600_000);
  let isNotified = false;
  while (!(await tryCreate(path, me))) {
    const owner = await readOwner(path);
    if (await isAbandoned(path, owner)) {
      await removeAbandoned(path, owner, me);
      continue;
    }
    const name = owner
      ? `process ${owner.pid}${owner.host === me.host ? "" : ` on ${owner.host}`}`
      : "another process";
    if (Date.now() >= deadline) {
      throw new DatasetError(
        "Locked",
        `${directory} is in use by ${name}`,
        `Wait for it to end; if it no longer runs, delete ${path}.`,
      );
    }
    if (!isNotified) options.notice(`waiting for ${name}, which is writing to ${directory}`);
    isNotified = true;
    if (options.signal?.aborted) throw interrupted();
    await sleep(100);
  }
  const refresh = setInterval(() => {
    const now = new Date();
    // If the lock cannot be refreshed, another process takes it over in the worst case.
    utimes(path, now, now).catch(() => undefined);
  }, refreshMs);
  refresh.unref();
  return async () => {
    clearInterval(refresh);
    if ((await readOwner(path))?.id === me.id) await rm(path, { force: true });
  };
}

async function tryCreate(path: string, me: Owner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(me), { flag: "wx" });
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw fileSystemError(error, path);
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Owner;
  } catch {
    return undefined; // The lock was released meanwhile, or its owner is writing it.
  }
}

async function isAbandoned(path: string, owner: Owner | undefined): Promise<boolean> {
  if (owner && owner.host === hostname() && !isAlive(owner.pid)) return true;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleAfterMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The state follows the command in parentheses. Z: killed, but its parent has not collected it yet.
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  } catch {
    return true; // No /proc on this system: a process that accepts signals is alive.
  }
}

/**
 * Moves the abandoned lock away. If another process was faster, the moved file is that process's new lock,
 * and it is moved back.
 */
async function removeAbandoned(path: string, owner: Owner | undefined, me: Owner): Promise<void> {
  const aside = `${path}.${me.id}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readOwner(aside);
  if (moved?.id !== owner?.id) await rename(aside, path).catch(() => undefined);
  else await rm(aside, { force: true });
}
