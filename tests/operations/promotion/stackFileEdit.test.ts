import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceVersion } from "../../../operations/promotion/sharedVersion";
import { editPromotion } from "../../../operations/promotion/stackFileEdit";

const version = { registry: "shared", name: "chat", version: "1234567890", sha256: "a".repeat(64) };

/** Comments, order, quotes and blank lines that an edit must leave alone. */
const staging = `# The last test before production.
encryptionsalt: v1:abc

config:
    azure-native:location:   westeurope   # near the users
    azureml-finetune:model:
        # The tested version.
        source: promote
        promote: { registry: shared, name: chat, version: "7" } # npm run promote
        gate: { maxEvalLoss: 1.5 }

    'azureml-finetune:tags': {environment: staging}
`;

const edit = (
  text: string,
  source = "dev",
  given: typeof version | Omit<typeof version, "sha256"> = version,
) => editPromotion({ file: "Pulumi.staging.yaml", text, project: "azureml-finetune" }, source, given);

const differing = (before: string, after: string): number[] => {
  const [left, right] = [before.split("\n"), after.split("\n")];
  expect(right).toHaveLength(left.length);
  return left.flatMap((line, index) => (line === right[index] ? [] : [index + 1]));
};

test("changes one line, and leaves every other byte", () => {
  const change = edit(staging);
  expect(differing(staging, change?.text ?? "")).toEqual([9]);
  expect(change).toMatchObject({
    line: 9,
    before: '        promote: { registry: shared, name: chat, version: "7" } # npm run promote',
    after: `        promote: { registry: shared, name: chat, version: "1234567890", sha256: "${version.sha256}" } # npm run promote`,
  });
});

test("keeps the line ends of Windows", () => {
  const text = staging.replaceAll("\n", "\r\n");
  expect(edit(text)?.text.replaceAll("\r\n", "\n")).toBe(edit(staging)?.text);
});

test("writes the line that is missing", () => {
  const text = staging.replace(/^ +promote: .*\n/m, "");
  const change = edit(text);
  expect(change?.before).toBeUndefined();
  expect(
    change?.text
      .split("\n")
      .filter((_, index) => index !== (change.line ?? 0) - 1)
      .join("\n"),
  ).toBe(text);
  expect(edit(change?.text ?? "")).toBeUndefined();
});

test("does nothing for the version that the file has, however it is written", () => {
  expect(edit(edit(staging)?.text ?? "")).toBeUndefined();
  const unquoted = staging.replace('version: "7"', `version: 1234567890, sha256: ${version.sha256}`);
  expect(edit(unquoted)).toBeUndefined();
});

test("a target that names the source stack keeps doing so, and another one gets the registry", () => {
  const text = staging.replace("registry: shared, name: chat", "stack: dev");
  expect(edit(text)?.after).toContain(`{ stack: dev, version: "1234567890", sha256: "${version.sha256}" }`);
  expect(edit(text, "staging")?.after).toContain("{ registry: shared, name: chat, version");
});

test.each([
  [
    "a stack that trains",
    staging.replace("source: promote", "source: train"),
    /does not promote: .*source is train/,
  ],
  ["a stack without the section", "config:\n  a:b: c\n", /source is not set \(train\)/],
  ["a version on several lines", staging.replace("{ registry", "{\n            registry"), /on one line/],
  [
    "a version in block style",
    staging.replace(/promote: \{.*/, 'promote:\n            registry: shared\n            version: "7"'),
    /on one line/,
  ],
  ["a file that is no YAML", "config: [", /Pulumi\.staging\.yaml: /],
])("refuses %s and says why", (_name, text, expected) => {
  expect(() => edit(text)).toThrow(expected);
});

test("git revert of the line is the rollback", () => {
  const folder = mkdtempSync(join(tmpdir(), "promotion-"));
  const file = join(folder, "Pulumi.staging.yaml");
  const git = (...argv: string[]): string =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...argv], {
      cwd: folder,
      encoding: "utf8",
    });
  const commit = (text: string): void => {
    writeFileSync(file, text);
    git("add", ".");
    git("commit", "--quiet", "-m", "change");
  };
  try {
    git("init", "--quiet");
    commit(staging);
    const first = edit(staging)?.text ?? "";
    commit(first);
    commit(edit(first, "dev", { ...version, version: "2" })?.text ?? "");
    expect(git("show", "--numstat", "--format=")).toBe("1\t1\tPulumi.staging.yaml\n");
    git("revert", "--no-edit", "HEAD");
    expect(readFileSync(file, "utf8")).toBe(first);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the version of the source", () => {
  const outputs = { sharedModel: { ...version, id: "azureml://x" }, registeredModel: {} };

  test("is what a training stack has shared, or what a promoting stack serves", () => {
    expect(sourceVersion({ name: "dev", outputs })).toEqual(version);
    const hash = `sha256:${version.sha256}`;
    const promotedModel = { ...version, sha256: hash };
    expect(sourceVersion({ name: "staging", outputs: { promotedModel } })).toEqual(version);
  });

  test.each([
    [{ name: "dev", outputs: {} }, /stack "dev" has no outputs\. Deploy it first/],
    [
      { name: "dev", outputs: { registeredModel: {} } },
      /no model version in a shared registry.*model\.shareTo/,
    ],
    [
      { name: "dev", outputs, behind: "its last update failed" },
      /stack "dev" is behind: its last update failed/,
    ],
  ])("is refused for %j", (source, expected) => {
    expect(() => sourceVersion(source)).toThrow(expected);
  });
});
