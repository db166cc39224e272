import { writeFileSync } from "node:fs";

/** Loaded before a measured program (`node -r`): on its way out it writes what it has used to the file BENCH_USAGE. */
process.on("exit", () => {
  const path = process.env["BENCH_USAGE"];
  if (!path) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    path,
    JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 }),
  );
});
