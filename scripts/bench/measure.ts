import { readFileSync, readdirSync } from "node:fs";

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

interface ProcessRow {
  pid: number;
  parent: number;
  rssBytes: number;
  /** Empty for a process that is not ours or has ended. */
  environment: () => string;
  commandLine: () => string;
}

/** A file of /proc; empty if it may not be read or its process has ended. */
function procText(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Processes of this machine as /proc lists them (Linux). */
export function processes(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const status = procText(`${name}/status`);
    if (status === "") continue;
    rows.push({
      pid: Number(name),
      parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
      environment: () => procText(`${name}/environ`),
      commandLine: () => procText(`${name}/cmdline`).replaceAll("\0", " "),
    });
  }
  return rows;
}

/**
 * Samples the resident memory of every process whose environment contains `marker` until stopped. Children inherit the marker, and so
 * does the background process of the local cloud.
 * @returns a function that stops and returns the peak of the sum, in bytes. Shared pages count once per process.
 */
export function watchMemory(marker: string, everyMs = 200): () => number {
  let peak = 0;
  const sample = (): void => {
    let sum = 0;
    for (const row of processes()) if (row.environment().includes(marker)) sum += row.rssBytes;
    peak = Math.max(peak, sum);
  };
  const timer = setInterval(sample, everyMs);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}

/**
 * Watches the peak of one process's resident memory (VmHWM, which Linux tracks) until stopped.
 * @returns a function that stops and returns it, in bytes. 0 without /proc.
 */
export function watchPeak(pid: number, everyMs = 50): () => number {
  let peak = 0;
  const sample = (): void => {
    peak = Math.max(peak, peakBytesOf(pid));
  };
  const timer = setInterval(sample, everyMs);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}

/**
 * Peak of a running process's resident memory so far, in bytes. The peak of getrusage is not used: on Linux, a process
 * that is started by a larger one inherits that one's peak. 0 without /proc.
 */
export function peakBytesOf(pid: number | "self"): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(procText(`${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Processor time of a running process so far, in seconds. Linux counts it in hundredths. 0 without /proc. */
export function cpuSecondsOf(pid: number | undefined): number {
  const fields = procText(`${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
