import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agree } from "./lib/agree";
import { embeddedEngine } from "./lib/embedded";
import { findPulumi, realEngine } from "./lib/real";
import { decisions } from "./programs/decisions";
import { failures } from "./programs/failures";
import { identity } from "./programs/identity";
import { operations } from "./programs/operations";
import { options } from "./programs/options";
import { providers } from "./programs/providers";
import { replacement } from "./programs/replacement";
import { values } from "./programs/values";
import type { Program } from "./lib/types";

const everything = [
  decisions,
  replacement,
  options,
  identity,
  values,
  failures,
  providers,
  operations,
].flat();
const embedded = embeddedEngine();
afterAll(() => embedded.close());

const pulumi = findPulumi();
const where = pulumi ? "" : " (skipped: there is no pulumi on PATH)";
(pulumi ? describe : describe.skip)(`the embedded engine and Pulumi agree${where}`, () => {
  test.each(everything.map((program) => [program.name, program] as const))("%s", (_name, program) =>
    agree(program, embedded, realEngine(pulumi ?? "")),
  );
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
