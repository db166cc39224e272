import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "./paths";

/**
 * A hash over the compiled code: a background cloud that runs older code is restarted. `source` if nothing is
 * compiled.
 */
export function buildId(): string {
  const root = path.join(projectRoot(), "dist", "local");
  const hash = createHash("sha256");
  const directories = ["cloud", "trainer"]
    .map((name) => path.join(root, name))
    .filter((name) => fs.existsSync(name));
  if (directories.length === 0) return "source";
  for (const directory of directories) {
    const names = fs.readdirSync(directory, { recursive: true }).map(String).sort();
    for (const name of names.filter((entry) => entry.endsWith(".js"))) {
      hash.update(name).update(fs.readFileSync(path.join(directory, name)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
