import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { ifThere, organization, removeFile, writeAtomically, type Backend } from "./backend";
import { EngineError, systemCode } from "../errors";

type LockInfo = { pid: number; username: string; hostname: string; timestamp: string };
export type Lock = { path: string; release(): Promise<void> };

function lockFolder(backend: Backend, project: string, stack: string): string {
  return join(backend.root, "locks", organization, project, stack);
}

/**
 * Locks a stack as the Pulumi CLI does: any `*.json` in the stack's lock folder is a lock. A lock whose process died on
 * this host is taken over, and `notice` says so; any other is respected.
 * Errors: state-locked, naming who holds it since when, and `cancel`.
 */
export async function lockStack(
  backend: Backend,
  project: string,
  stack: string,
  notice: (message: string) => void,
): Promise<Lock> {
  const folder = lockFolder(backend, project, stack);
  await mkdir(folder, { recursive: true });
  await refuseForeign(folder, undefined, notice);
  const path = join(folder, `${randomUUID()}.json`);
  const info: LockInfo = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  await writeAtomically(path, JSON.stringify(info));
  try {
    await refuseForeign(folder, path, notice);
  } catch (error) {
    await removeFile(path);
    throw error;
  }
  return { path, release: () => removeFile(path) };
}

async function refuseForeign(
  folder: string,
  own: string | undefined,
  notice: (message: string) => void,
): Promise<void> {
  const held: string[] = [];
  for (const path of await lockFiles(folder)) {
    if (path === own) continue;
    const info = await readLock(path);
    if (info && isStale(info)) {
      notice(
        `taking over the lock of process ${info.pid} on this host (since ${info.timestamp}): that process is no longer alive`,
      );
      await removeFile(path);
    } else if (info) {
      held.push(
        `${path}: created by ${info.username}@${info.hostname} (pid ${info.pid}) at ${info.timestamp}`,
      );
    } else if ((await ifThere(readFile(path))) !== undefined) held.push(`${path}: unreadable`);
  }
  if (held.length === 0) return;
  throw new EngineError(
    "state-locked",
    `the stack is currently locked by ${held.length} lock(s). Either wait for the other process(es) to end or remove the lock with \`cancel --yes\`.\n  ${held.join("\n  ")}`,
  );
}

async function lockFiles(folder: string): Promise<string[]> {
  const names = (await ifThere(readdir(folder))) ?? [];
  return names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
}

async function readLock(path: string): Promise<LockInfo | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as LockInfo;
  } catch {
    return undefined;
  }
}

function isStale(lock: LockInfo): boolean {
  if (lock.hostname !== hostname() || !Number.isInteger(lock.pid)) return false;
  try {
    process.kill(lock.pid, 0);
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
  return isZombie(lock.pid);
}

/** Killed but not yet collected by its parent: such a process answers signals and does nothing any more (Linux). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the command in parentheses, may hold blanks; the state follows it.
    return stat.charAt(stat.lastIndexOf(")") + 2) === "Z";
  } catch {
    return false;
  }
}

/** Removes every lock of a stack, whoever holds it (`cancel`). Returns how many there were. */
export async function breakLocks(backend: Backend, project: string, stack: string): Promise<number> {
  const paths = await lockFiles(lockFolder(backend, project, stack));
  for (const path of paths) await removeFile(path);
  return paths.length;
}
