import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences } from "./lib/differences";
import { makeProject, repository } from "./lib/project";
import { argumentsOf, findPulumi, readEvents } from "./lib/real";

test("finds the Pulumi CLI on a path", () => {
  const folder = mkdtempSync(join(tmpdir(), "path-"));
  const file = join(folder, "pulumi");
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  expect(findPulumi(`/nowhere:${folder}`)).toBe(file);
  expect(findPulumi("/nowhere")).toBeUndefined();
  rmSync(folder, { recursive: true });
});

test("converts options to command-line flags and names to URNs", () => {
  const project = makeProject({ program: "" });
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

test("reads steps, counts and messages from an event log", () => {
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

test("docs/engine.md has the reason of each difference that is kept on purpose", () => {
  const text = readFileSync(join(repository, "docs/engine.md"), "utf8").replace(/\s+/g, " ");
  for (const { reason } of Object.values(differences)) expect(text).toContain(reason);
});
