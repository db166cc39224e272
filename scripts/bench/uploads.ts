import * as path from "node:path";
import { median } from "./measure";
import { measureNode, startAzurite } from "./programs";

/** The output of the measured program, with its own resource usage and the store's. */
interface Upload {
  megabytesPerSecond: number;
  cpuSeconds: number;
  peakBytes: number;
  /** The store's processor time divided by the duration of the upload. From 1 on the store is the limit. */
  storeLoad: number;
}

const rounds = 3;

/**
 * Uploads the file to Azurite with this project's code and with the SDK's own method in turn, because
 * Azurite's speed depends on the disk. Prints medians.
 */
export async function benchUpload(
  file: string,
  work: string,
  logLine: (line: string) => void,
): Promise<void> {
  const azurite = await startAzurite();
  try {
    const uploads: Record<string, Upload[]> = { ours: [], sdk: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [how, done] of Object.entries(uploads)) {
        const before = azurite.cpuSeconds();
        const script = path.join(__dirname, "upload.js");
        const arguments_ = [how, file, azurite.address, azurite.account, azurite.key];
        const { stdout, cpuSeconds, peakBytes } = await measureNode(script, arguments_, {}, work);
        const { seconds, bytes } = JSON.parse(stdout) as { seconds: number; bytes: number };
        const storeLoad = (azurite.cpuSeconds() - before) / seconds;
        done.push({ megabytesPerSecond: bytes / 1e6 / seconds, cpuSeconds, peakBytes, storeLoad });
      }
    }
    logLine(`Upload to Azurite, medians of ${rounds}`);
    for (const [how, done] of Object.entries(uploads)) {
      const what = how === "ours" ? "this step" : "the SDK's uploadFile";
      const middle = (of: keyof Upload): number => median(done.map((one) => one[of]));
      const figure = (value: number, digits: number, width: number): string =>
        value.toFixed(digits).padStart(width);
      logLine(
        `  ${what.padEnd(44)}${figure(middle("megabytesPerSecond"), 0, 8)} MB/s  cpu ${figure(middle("cpuSeconds"), 2, 7)} s  ` +
          `${figure(middle("peakBytes") / 1e6, 0, 6)} MB  Azurite busy ${figure(100 * middle("storeLoad"), 0, 0)} %`,
      );
    }
  } finally {
    azurite.close();
  }
}
