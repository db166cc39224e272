import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agree } from "./lib/agree";
import { embeddedEngine } from "./lib/embedded";
import { findPulumi, realEngine } from "./lib/real";
import { record } from "./lib/recorded";
import { groups } from "./programs/all";
import type { Program } from "./lib/types";

const embedded = embeddedEngine();
afterAll(() => embedded.close());

const pulumi = findPulumi();
const where = pulumi ? "" : " (skipped: there is no pulumi on PATH)";
/** Writes what the Pulumi CLI on PATH does, for the comparison where there is none: docs/engine.md. */
const isRecording = process.env.RECORD_PULUMI === "1";
const run = pulumi ? describe : describe.skip;

run(isRecording ? "Pulumi is recorded" : `the embedded engine and Pulumi agree${where}`, () => {
  if (isRecording) {
    test.each(Object.entries(groups))("%s", (group, programs) =>
      record(group, programs, realEngine(pulumi ?? "")),
    );
  } else {
    const programs = Object.values(groups).flat();
    test.each(programs.map((program) => [program.name, program] as const))("%s", (_name, program) =>
      agree(program, embedded, realEngine(pulumi ?? "")),
    );
  }
});

describe("the comparison with Pulumi, tested on a fake Pulumi", () => {
  const folder = mkdtempSync(join(tmpdir(), "fake-pulumi-"));
  const fake = join(folder, "pulumi");
  writeFileSync(
    fake,
    `#!/usr/bin/env node\nrequire(${JSON.stringify(join(__dirname, "lib/fakePulumi.js"))});\n`,
  );
  chmodSync(fake, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const small: Program = {
    name: "small",
    program: `
      const thing = new Thing("thing", { zone: config.get("zone") ?? "south", hush: pulumi.secret("quiet") });
      new Group("group", { of: thing.id }).register({ size: 1 });
      exports.hush = thing.hush;`,
    steps: [
      {
        do: "up",
        because: "both resources are created",
        expect: { steps: ["create thing", "create group"] },
      },
      {
        do: "up",
        because: "a replacement is reported as its two halves",
        config: { zone: "north" },
        options: { parallel: 2 },
        expect: { steps: ["create-replacement thing", "delete-replaced thing", "update group"] },
      },
    ],
  };

  test("equivalent engines agree and continue from each other's state", async () => {
    await agree(small, embedded, realEngine(fake));
  });

  test("an additional step is detected", async () => {
    process.env.FAKE_LIES = "yes";
    const [first] = small.steps;
    const lying = { ...small, steps: first ? [first] : [] };
    await expect(agree(lying, embedded, realEngine(fake))).rejects.toThrow(/update lie/);
    delete process.env.FAKE_LIES;
  });
});
