import { existsSync } from "node:fs";
import { join } from "node:path";

/** Folder of the committed base model: beside this file in the source tree, and found from the compiled file in dist/ too. */
export function baseModelFolder(): string {
  const beside = join(__dirname, "base");
  return existsSync(beside) ? beside : join(__dirname, "../../..", "local/trainer/base");
}
