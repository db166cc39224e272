import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/**
 * The compiled script of a worker in this folder. Threads run JavaScript only. If this module was loaded from
 * its TypeScript source (in tests), the script is taken from dist/.
 * @throws Error when dist/ has not been built
 */
export function workerScript(name: "trainingWorker" | "chatWorker"): string {
  const beside = join(__dirname, `${name}.js`);
  if (existsSync(beside)) {
    return beside;
  }
  const root = resolve(__dirname, "../..");
  const built = join(root, "dist", relative(root, __dirname), `${name}.js`);
  if (!existsSync(built)) {
    throw new Error(`${relative(root, built)} is missing; run "npm run build" first.`);
  }
  return built;
}
