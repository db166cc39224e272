import { readFileSync, readdirSync } from "node:fs";

/** The middle value; the mean of the two middle ones of an even number. */
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
  environment: () => string;
}

/** Processes of this machine as /proc has them (Linux). */
function processes(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      rows.push({
        pid: Number(name),
        parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
        rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
        environment: () => readFileSync(`/proc/${name}/environ`, "utf8"),
      });
    } catch {
      // It ended while we looked.
    }
  }
  return rows;
}

/**
 * Samples the resident memory of every process whose environment holds `marker` (children inherit it, the background
 * process of the local cloud too) until stopped.
 * @returns a function that stops and returns the peak of the sum, in bytes. Shared pages count once per process.
 */
export function watchMemory(marker: string, everyMs = 200): () => number {
  let peak = 0;
  const sample = (): void => {
    let sum = 0;
    for (const row of processes()) {
      try {
        if (row.environment().includes(marker)) sum += row.rssBytes;
      } catch {
        // Not ours, or gone.
      }
    }
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
 * Watches the peak of one process's resident memory, which Linux keeps itself (VmHWM), until stopped.
 * @returns a function that stops and returns it, in bytes; 0 where there is no /proc.
 */
export function watchPeak(pid: number, everyMs = 50): () => number {
  let peak = 0;
  const sample = (): void => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(sample, everyMs);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}

/** Processor time of a running process so far, in seconds, as Linux counts it in hundredths; 0 where there is no /proc. */
export function cpuSecondsOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
