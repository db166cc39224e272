import { existsSync } from "node:fs";
import { join } from "node:path";

/** Compiled code in dist/ finds it in the source tree too. */
export function baseModelFolder(): string {
  const beside = join(__dirname, "base");
  return existsSync(beside) ? beside : join(__dirname, "../../..", "local/trainer/base");
}
