import { cpuSecondsOf, processes } from "./measure";

/** What one process of a command used. */
export interface ProcessShare {
  name: string;
  /** Seconds from the start of the command to the first and to the last sample of the process. */
  fromSeconds: number;
  toSeconds: number;
  cpuSeconds: number;
}

/** Processes by their command line. The first match counts. */
const names: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/scripts\/(stack|start)\.js/, "command and engine"],
  [/cmd\/run\b|pulumi-language/, "program"],
  [/cmd\/dynamic-provider|pulumi-resource-pulumi-nodejs/, "dynamic providers"],
  [/plugins\/.*azure-?native/i, "azure-native stand-in"],
  [/plugins\/.*command/i, "command stand-in"],
];

/**
 * Samples a process and its descendants until stopped (Linux). Processor time after the last sample of a process is not seen.
 * @returns a function that stops and returns the shares, in the order of their start
 */
export function watchProcesses(root: number, everyMs = 20): () => ProcessShare[] {
  const started = performance.now();
  const shares = new Map<number, ProcessShare>();
  const sample = (): void => {
    const rows = processes();
    const parents = new Map(rows.map(({ pid, parent }) => [pid, parent]));
    const descends = (pid: number): boolean => pid === root || (pid > 1 && descends(parents.get(pid) ?? 0));
    const now = (performance.now() - started) / 1000;
    for (const { pid, commandLine } of rows.filter((row) => descends(row.pid))) {
      const name = names.find(([pattern]) => pattern.test(commandLine()))?.[1];
      const share = shares.get(pid) ?? { name: "other", fromSeconds: now, toSeconds: now, cpuSeconds: 0 };
      // The name of a process that was just forked is its parent's, until it executes its program.
      const cpuSeconds = Math.max(share.cpuSeconds, cpuSecondsOf(pid));
      shares.set(pid, { ...share, name: name ?? share.name, toSeconds: now, cpuSeconds });
    }
  };
  const timer = setInterval(sample, everyMs);
  return () => {
    clearInterval(timer);
    return [...shares.values()];
  };
}
