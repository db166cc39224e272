import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * The processes an engine run starts: each in a process group of its own (a Ctrl-C at the terminal must not reach a
 * provider in the middle of a creation), all of them gone when the run ends, and also when the engine itself is killed.
 */
export type Children = {
  start(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): ChildProcess;
  /** Kills everything still running. */
  killAll(): void;
};

/**
 * The watchdog: a shell that reads "+pid" and "-pid" lines from a pipe only the engine holds. When the pipe ends, for
 * whatever reason the engine went away, it kills the process groups still on its list. The children know nothing of it.
 */
const watchdogScript = `
pids=" "
while read -r sign pid; do
  case "$sign" in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null || kill -9 -- "-$pid" 2>/dev/null; done
`;

/** Starts the bookkeeping of child processes. */
export function startChildren(): Children {
  const running = new Set<ChildProcess>();
  let watchdog: ChildProcess | undefined;
  const tell = (line: string): void => {
    if (process.platform === "win32") return;
    if (!watchdog) {
      watchdog = spawn("/bin/sh", ["-c", watchdogScript], {
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      watchdog.on("error", () => undefined);
      watchdog.stdin?.on("error", () => undefined);
      watchdog.unref();
      (watchdog.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    }
    watchdog.stdin?.write(line);
  };
  return {
    start(command, args, options) {
      const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      running.add(child);
      if (child.pid !== undefined) tell(`+ ${child.pid}\n`);
      const ended = (): void => {
        if (running.delete(child) && child.pid !== undefined) tell(`- ${child.pid}\n`);
      };
      child.once("exit", ended);
      child.once("error", ended);
      return child;
    },
    killAll() {
      for (const child of running) killGroup(child, "SIGKILL");
      watchdog?.stdin?.end();
    },
  };
}

/** Sends a signal to a child and all it started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Calls back for every line a child prints. */
export function onLines(child: ChildProcess, each: (line: string, error: boolean) => void): void {
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => each(line, false));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => each(line, true));
}

/** Settles when the child has ended: its exit code, or the signal that ended it. */
export function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: 127, signal: null }));
  });
}
