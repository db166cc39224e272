import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";

/** The parts of `manifest.json` that name a file and its quality (dataset/quality/report.ts). */
interface ManifestFile {
  quality?: { splits?: Record<string, { sha256?: string }> };
}

/**
 * The quality of the file that a data version was uploaded from, if this machine has prepared it: a version is the beginning of the
 * file's hash. `undefined` if no manifest in `.data` has it.
 */
export async function preparedQuality(root: string, dataVersion: string): Promise<unknown> {
  const folder = path.join(root, ".data");
  for (const name of await readdir(folder).catch(() => [])) {
    const text = await readFile(path.join(folder, name, "manifest.json"), "utf8").catch(() => "{}");
    const { quality } = JSON.parse(text) as ManifestFile;
    const found = Object.values(quality?.splits ?? {}).find(({ sha256 }) => sha256?.startsWith(dataVersion));
    if (found) return found;
  }
  return undefined;
}
