import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EngineError, systemCode } from "../errors";
import { ifExists, organization, removeFile, writeAtomically, type Backend } from "./backend";

/** `trying` is this engine's own field: the process has not checked for other locks yet. */
type LockInfo = { pid: number; username: string; hostname: string; timestamp: string; trying?: boolean };
type HeldLock = { path: string; info: LockInfo | undefined };
type Lock = { path: string; release(): Promise<void> };

/** Rounds of 20 ms to wait for another process to withdraw. On another host it may have died. */
const patience = 250;

function lockFolder(backend: Backend, project: string, stack: string): string {
  return join(backend.root, "locks", organization, project, stack);
}

/**
 * Locks a stack as the Pulumi CLI does: any `*.json` in the stack's lock folder is a lock. A lock whose
 * process died on this host is taken over and reported to `notice`; any other is respected.
 *
 * The CLI looks, writes its lock and looks again, so of two that start at once both may fail. Two of this
 * engine agree: each writes a lock with `trying` before it looks, so that at least the later one sees the
 * earlier. While both are trying, the one with the lower name continues and the other withdraws.
 * Errors: state-locked, naming the holder, the time, and `cancel`.
 */
export async function lockStack(
  backend: Backend,
  project: string,
  stack: string,
  notice: (message: string) => void,
): Promise<Lock> {
  const folder = lockFolder(backend, project, stack);
  await mkdir(folder, { recursive: true });
  refuse((await otherLocks(folder, undefined, notice)).filter(({ info }) => !info?.trying));
  const path = join(folder, `${randomUUID()}.json`);
  const info: LockInfo = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  };
  const lock = { path, release: () => removeFile(path) };
  await writeAtomically(path, JSON.stringify({ ...info, trying: true }));
  try {
    for (let round = 0; ; round += 1) {
      const others = await otherLocks(folder, path, notice);
      if (others.length === 0) break;
      refuse(others.filter((other) => !other.info?.trying || other.path < path || round === patience));
      // The others withdraw at once, or hold the lock by then.
      await pause(20);
    }
    await writeAtomically(path, JSON.stringify(info));
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

function refuse(locks: HeldLock[]): void {
  if (locks.length === 0) return;
  const held = locks.map(({ path, info }) => {
    const by = info && `created by ${info.username}@${info.hostname} (pid ${info.pid}) at ${info.timestamp}`;
    return `${path}: ${by ?? "unreadable"}`;
  });
  throw new EngineError(
    "state-locked",
    `the stack is currently locked by ${held.length} lock(s). Either wait for the other process(es) to end or remove the lock with \`cancel --yes\`.\n  ${held.join("\n  ")}`,
  );
}

/** All locks but one's own; those of processes that died on this host are removed. */
async function otherLocks(
  folder: string,
  own: string | undefined,
  notice: (message: string) => void,
): Promise<HeldLock[]> {
  const held: HeldLock[] = [];
  for (const path of await lockFiles(folder)) {
    if (path === own) continue;
    const text = await ifExists(readFile(path, "utf8"));
    if (text === undefined) continue;
    const info = readLock(text);
    if (!info || !isStale(info)) held.push({ path, info });
    else {
      await removeFile(path);
      notice(
        `taking over the lock of process ${info.pid} on this host (since ${info.timestamp}): that process is no longer alive`,
      );
    }
  }
  return held;
}

async function lockFiles(folder: string): Promise<string[]> {
  const names = (await ifExists(readdir(folder))) ?? [];
  return names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
}

function readLock(text: string): LockInfo | undefined {
  try {
    const info = JSON.parse(text) as LockInfo | null;
    return Number.isInteger(info?.pid) ? (info as LockInfo) : undefined;
  } catch {
    return undefined;
  }
}

function isStale(lock: LockInfo): boolean {
  if (lock.hostname !== hostname()) return false;
  try {
    process.kill(lock.pid, 0);
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
  return isZombie(lock.pid);
}

/** Killed but not yet collected by its parent: such a process accepts signals but no longer runs (Linux). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the command in parentheses, may contain blanks; the state follows it.
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
