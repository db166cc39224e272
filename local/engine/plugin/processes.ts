import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended: its exit code (127 if it could not be started) and a text for messages. */
export type Ended = { code: number | null; how: string };

type Child = {
  ended: Promise<Ended>;
  tail: string[];
  signal(name: NodeJS.Signals): void;
};

type ChildOptions = {
  cwd: string;
  env: NodeJS.ProcessEnv;
  onLine: (line: string, error: boolean) => void;
};

/**
 * Each has its own process group, because a Ctrl-C at the terminal must not reach a provider during a
 * creation. All end with the run, even if the engine itself is killed.
 */
export type Children = {
  start(command: string, args: string[], options: ChildOptions): Child;
  /** Asks all running processes to end, and kills them after two seconds. */
  close(): Promise<void>;
  killAll(): void;
};

/**
 * A watchdog reads "+ pid" and "- pid" lines from a pipe that only the engine holds. When the pipe ends,
 * whatever ended the engine, it kills the process groups that are still on its list.
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

const isWindows = process.platform === "win32";
const tailLength = 20;

export function startChildren(): Children {
  const running = new Set<Child>();
  let watchdog: ChildProcess | undefined;
  const watch = (line: string): void => {
    if (isWindows) return;
    if (!watchdog) {
      watchdog = spawn("/bin/sh", ["-c", watchdogScript], {
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      watchdog.on("error", () => undefined).unref();
      const pipe = watchdog.stdin as (NodeJS.WritableStream & { unref?: () => void }) | null;
      pipe?.on("error", () => undefined).unref?.();
    }
    watchdog.stdin?.write(line);
  };
  const killAll = (): void => {
    for (const child of running) child.signal("SIGKILL");
    watchdog?.stdin?.end();
  };
  return {
    start(command, args, options) {
      const spawned = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
      if (spawned.pid !== undefined) watch(`+ ${spawned.pid}\n`);
      const child: Child = {
        ended: endOf(spawned),
        tail: [],
        signal: (name) => signalGroup(spawned, name),
      };
      for (const stream of [spawned.stdout, spawned.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          child.tail.push(line);
          if (child.tail.length > tailLength) child.tail.shift();
          options.onLine(line, stream === spawned.stderr);
        });
      }
      running.add(child);
      spawned.once("exit", () => watch(`- ${spawned.pid}\n`));
      void child.ended.then(() => running.delete(child));
      return child;
    },
    async close() {
      for (const child of running) child.signal("SIGINT");
      const gone = Promise.all([...running].map((child) => child.ended));
      if (running.size > 0) await Promise.race([gone, sleep(2000, undefined, { ref: false })]);
      killAll();
    },
    killAll,
  };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (isWindows) child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // The group is gone already.
  }
}

/** Also waits for the output, but only two seconds if its own children hold that open. */
function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      resolve({ code, how: signal ? `ended by ${signal}` : `ended with exit code ${code}` });
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    child.once("error", (error) => resolve({ code: 127, how: `could not be started: ${error.message}` }));
    child.once("close", settle);
    child.once("exit", (code, signal) => setTimeout(settle, 2000, code, signal).unref());
  });
}
