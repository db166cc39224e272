import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isCallProbe } from "../../../operations/contract/probe";
import { TABLE } from "../../../operations/contract/table";
import type { Transcript } from "../../../operations/contract/transcript";

const root = path.resolve(__dirname, "../../..");

describe("npm run contract -- --local", () => {
  const out = mkdtempSync(path.join(tmpdir(), "contract-"));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  let run: { code: number; text: string };
  beforeAll(async () => {
    run = await new Promise((resolve) => {
      const file = path.join(root, "dist", "scripts", "contract.js");
      const child = execFile(
        process.execPath,
        [file, "--local", "--out", out],
        { cwd: root },
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, text: stdout + stderr }),
      );
    });
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

  test("writes transcripts without an id, and says that they are not Azure's answers", () => {
    const files = readdirSync(out).filter((name) => name.endsWith(".json"));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const text = readFileSync(path.join(out, file), "utf8");
      expect(text).not.toMatch(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i);
      const { exchanges } = JSON.parse(text) as Transcript;
      for (const { provenance } of exchanges) expect(provenance).toMatch(/^inferred: /);
    }
  });
});
