import { spawn } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** The output of a compiled script of the project, such as `sweep`, and its exit code. */
export function runScript(name: string, ...argv: string[]): Promise<{ code: number | null; all: string }> {
  const child = spawn(process.execPath, [path.join(root, "dist", "scripts", `${name}.js`), ...argv], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let all = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (all += chunk.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, all })));
}
