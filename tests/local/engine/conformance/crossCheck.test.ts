import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agree } from "./lib/agree";
import { embeddedEngine } from "./lib/embedded";
import { makeProject } from "./lib/project";
import { argumentsOf, findPulumi, readEvents, realEngine } from "./lib/real";
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
  test.each(everything.map((program) => [program.name, program] as const))(
    "%s",
    (_name, program) => agree(program, embedded, realEngine(pulumi ?? "")),
    300_000,
  );
});

describe("the comparison with Pulumi, tried on a stand-in for it", () => {
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
      { do: "up", because: "both are made", expect: { steps: ["create thing", "create group"] } },
      {
        do: "up",
        because: "a replacement is told by its halves",
        config: { zone: "north" },
        options: { parallel: 2 },
        expect: { steps: ["create-replacement thing", "delete-replaced thing", "update group"] },
      },
    ],
  };

  test("it is found on a path", () => {
    expect(findPulumi(`/nowhere:${folder}`)).toBe(fake);
    expect(findPulumi("/nowhere")).toBeUndefined();
  });

  test("engines that do the same agree, and go on from each other's state", async () => {
    await agree(small, embedded, realEngine(fake));
  }, 120_000);

  test("a step too many is found", async () => {
    process.env.FAKE_LIES = "yes";
    const [first] = small.steps;
    const lying = { ...small, steps: first ? [first] : [] };
    await expect(agree(lying, embedded, realEngine(fake))).rejects.toThrow(/update lie/);
    delete process.env.FAKE_LIES;
  }, 60_000);

  test("options become the command line's flags, names become URNs", () => {
    const project = makeProject(small);
    const flags = argumentsOf(project, {
      do: "up",
      because: "",
      expect: {},
      options: {
        refresh: true,
        continueOnError: true,
        targets: ["a", "**::b"],
        targetDependents: true,
        replace: ["c"],
      },
    });
    project.remove();
    expect(flags.join(" ")).toBe(
      "up --yes --skip-preview --non-interactive --color never --stack dev --refresh --continue-on-error " +
        "--target-dependents --target urn:pulumi:dev::proj::toy:index:Thing::a --target **::b " +
        "--replace urn:pulumi:dev::proj::toy:index:Thing::c",
    );
  });

  test("an event log is read for steps, counts and messages", () => {
    const urn = (name: string): string => `urn:pulumi:dev::proj::toy:index:Thing::${name}`;
    const step = (op: string, name: string) => ({ metadata: { op, urn: urn(name) } });
    expect(
      readEvents([
        {
          resourcePreEvent: {
            metadata: { op: "create", urn: "urn:pulumi:dev::proj::pulumi:providers:toy::default" },
          },
        },
        { resourcePreEvent: step("same", "a") },
        { resourcePreEvent: step("create", "b") },
        { resOpFailedEvent: step("create", "b") },
        { resourcePreEvent: step("create-replacement", "c") },
        { resourcePreEvent: step("replace", "c") },
        { resourcePreEvent: step("refresh", "d") },
        { resOutputsEvent: step("delete", "d") },
        { resourcePreEvent: step("remove-pending-replace", "e") },
        { diagnosticEvent: { message: "<{%reset%}>no<{%reset%}>\n", severity: "error" } },
        { diagnosticEvent: { message: "soon", severity: "warning", ephemeral: true } },
        { summaryEvent: { resourceChanges: { same: 1 } } },
      ]),
    ).toEqual({
      steps: ["create-replacement c", "delete d"],
      counts: { same: 1 },
      errors: "no",
      warnings: "",
    });
  });
});
