import { spawn } from "node:child_process";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** The output of `npm run sweep` and its exit code. */
function sweep(...argv: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(root, "dist/scripts/sweep.js"), ...argv], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

describe("the sweep over the requests of an up", () => {
  // One fault on one route, to keep the harness working. The sample (`--sample`) is run by hand: it takes minutes of CPU.
  test("brings a stack on after a lost answer to each request for the deployment", async () => {
    const { code, output } = await sweep(
      "--mode",
      "create",
      "--fault",
      "504-after",
      "--route",
      "deployments",
    );
    expect(code === 0 ? "" : output).toBe("");
  });
});
