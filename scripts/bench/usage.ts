import { writeFileSync } from "node:fs";

/**
 * Preloaded into a measured program (`node -r`). At exit it writes the resource usage to the file
 * BENCH_USAGE.
 */
process.on("exit", () => {
  const path = process.env["BENCH_USAGE"];
  if (!path) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    path,
    JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 }),
  );
});
