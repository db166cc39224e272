import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** Threads run JavaScript only: from TypeScript sources (tests) the script in dist/ is taken. */
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
