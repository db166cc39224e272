import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isCallProbe } from "../../../operations/contract/probe";
import { TABLE } from "../../../operations/contract/table";
import type { Transcript } from "../../../operations/contract/transcript";
import { replay, replayFor } from "../../local/cloud/golden/replay";
import { goldenFrom } from "../../local/cloud/golden/transcripts";

const root = path.resolve(__dirname, "../../..");
const script = path.join(root, "dist", "scripts", "contract.js");
const out = mkdtempSync(path.join(tmpdir(), "contract-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

interface Result {
  code: number;
  text: string;
}

function contract(argv: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...argv], { cwd: root }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, text: stdout + stderr }),
    );
  });
}

describe("npm run contract -- --local", () => {
  let run: Result;
  beforeAll(async () => {
    run = await contract(["--local", "--out", out]);
  });

  test("confirms every assumption that calls can settle, on the local cloud", () => {
    const probes = TABLE.filter(({ probe }) => isCallProbe(probe)).length;
    expect(run.text).toContain(
      `confirmed: ${probes}, refuted: 0, not settled: 0, not part of this run: ${TABLE.length - probes}`,
    );
    expect(run.code).toBe(0);
  });

  test("deletes everything it created", () => {
    expect(run.text).not.toContain("Not deleted");
  });

  test("writes transcripts without an id, and states that they are not Azure's answers", () => {
    const files = readdirSync(out).filter((name) => name.endsWith(".json"));
    expect(files.length).toBeGreaterThan(TABLE.length / 2);
    for (const file of files) {
      const text = readFileSync(path.join(out, file), "utf8");
      expect(text).not.toMatch(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i);
      const { exchanges } = JSON.parse(text) as Transcript;
      for (const { provenance } of exchanges) expect(provenance).toMatch(/^inferred: /);
    }
  });

  test("writes transcripts that are replayed like golden exchanges", async () => {
    for (const id of ["size-offered-in-region", "asset-content-fixed"]) {
      const golden = goldenFrom(path.join(out, `${id}.json`), "workspace");
      const replayed = await replayFor(golden);
      try {
        expect(golden.exchanges.length).toBeGreaterThan(0);
        for (const exchange of golden.exchanges) {
          expect([id, exchange.name, await replay(replayed, exchange)]).toEqual([id, exchange.name, []]);
        }
      } finally {
        await replayed.cloud.dispose();
      }
    }
  });
});

test("after Ctrl-C deletes everything and ends with exit code 2", async () => {
  const argv = [script, "--local", "--only", "endpoint-auth-fixed", "cluster-size-fixed"];
  // A process group of its own, so that the signal reaches parent and child as in a terminal.
  const child = spawn(process.execPath, argv, { cwd: root, detached: true });
  let text = "";
  let sent = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += piece.toString();
      if (sent || !text.includes("creating a workspace")) return;
      sent = true;
      process.kill(-(child.pid ?? 0), "SIGINT");
    });
  }
  const code = await new Promise<number>((resolve) => child.once("close", (status) => resolve(status ?? -1)));
  expect(text).toContain("interrupted: deleting what the run created");
  expect(text).not.toContain("Not deleted");
  expect(code).toBe(2);
});
