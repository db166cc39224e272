import * as fs from "node:fs";
import { StoreError } from "./startError";

export interface ProcessIdentity {
  pid: number;
  /** Start time in clock ticks since boot, if the platform provides it (Linux), to detect a reused pid. */
  startedTicks?: string;
}

/** Locks that this process holds: a second store on the same directory must fail within one process, too. */
const held = new Set<string>();

export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field (the command) is in parentheses and may contain blanks; field 22 is the 20th after it.
    // State Z: dead.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : { pid, startedTicks: fields[19] };
  } catch {
    return { pid };
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  if (!now) return false;
  return !identity.startedTicks || !now.startedTicks || identity.startedTicks === now.startedTicks;
}

/**
 * Takes a lock file for this process. A lock whose holder has exited is taken over.
 * @returns the function that releases it
 * @throws StoreError("StoreLocked") that names the process holding it
 */
export function takeLock(file: string): () => void {
  const mine = JSON.stringify(identifyProcess(process.pid) ?? { pid: process.pid });
  for (let attempt = 0; ; attempt++) {
    try {
      fs.writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
      held.add(file);
      return () => {
        held.delete(file);
        fs.rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 4) throw error;
    }
    const holder = readHolder(file);
    if (holder && (held.has(file) || (isAlive(holder) && !isUs(holder)))) {
      const message = `${file} is held by process ${holder.pid}: another local cloud uses this state. Stop it with \`npm run local -- stop\`.`;
      throw new StoreError("StoreLocked", file, message);
    }
    fs.rmSync(file, { force: true });
  }
}

/** A lock file with our own pid that we do not hold was left by an earlier process with the same id. */
function isUs(holder: ProcessIdentity): boolean {
  return holder.pid === process.pid;
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
