import { existsSync } from "node:fs";
import { join } from "node:path";

/** Folder of the committed base model in the source tree. Compiled code in dist/ finds it there too. */
export function baseModelFolder(): string {
  const beside = join(__dirname, "base");
  return existsSync(beside) ? beside : join(__dirname, "../../..", "local/trainer/base");
}
