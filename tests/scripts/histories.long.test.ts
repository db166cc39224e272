import { spawn } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** The output of `npm run histories` and its exit code. */
function runHistories(...argv: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(root, "dist/scripts/histories.js"), ...argv], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

// A fixed seed: a failure is that of the change, not of the draw. `npm run histories` draws new ones.
test("random histories of a stack keep every promise", async () => {
  const { code, output } = await runHistories("--seed", "1", "--count", "2", "--longest", "4");
  expect(code === 0 ? "" : output).toBe("");
});
