import { writeFileSync } from "node:fs";
import { peakBytesOf } from "./measure";

/**
 * Preloaded into a measured program (`node -r`). At exit it writes the resource usage to the file
 * BENCH_USAGE.
 */
process.on("exit", () => {
  const path = process.env["BENCH_USAGE"];
  if (!path) return;
  const { user, system } = process.cpuUsage();
  writeFileSync(path, JSON.stringify({ cpuSeconds: (user + system) / 1e6, peakBytes: peakBytesOf("self") }));
});
