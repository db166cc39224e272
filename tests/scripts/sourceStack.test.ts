import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readSourceStack } from "../../scripts/lib/sourceStack";
import { runScript } from "./runScript";

const project = path.resolve(__dirname, "..", "..");
const outputs = { sharedModel: { registry: "shared", name: "chat", version: "7" } };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "promote-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Reads stack dev with a `pulumi` that has this history and these pending operations. */
function read(history: object[], pending: object[] = []) {
  const file = path.join(directory, "pulumi");
  const answers = {
    "stack output": outputs,
    "stack history": history,
    "stack export": { version: 3, deployment: { pending_operations: pending } },
  };
  const cases = Object.entries(answers).map(
    ([words, answer]) => `"${words}") cat <<'END'\n${JSON.stringify(answer)}\nEND\n;;`,
  );
  writeFileSync(file, `#!/bin/sh\ncase "$1 $2" in\n${cases.join("\n")}\nesac\n`);
  chmodSync(file, 0o755);
  const env = { PATH: `${directory}:${process.env.PATH}`, PULUMI_BACKEND_URL: "azblob://state" };
  return readSourceStack(project, "dev", env);
}

describe("a stack whose state the Pulumi CLI keeps", () => {
  test("has its outputs if the last update succeeded, or if it has no history", async () => {
    const found = { name: "dev", outputs };
    expect(await read([{ kind: "update", result: "succeeded" }])).toEqual(found);
    expect(await read([])).toEqual(found);
  });

  test.each([
    [[{ result: "failed" }], [], "its last update failed"],
    [[{ result: "in-progress" }], [], "its last update is in-progress"],
    [[{ result: "succeeded" }], [{ type: "creating" }], "an operation was interrupted"],
  ])("is behind after %j", async (history, pending, behind) => {
    expect(await read(history, pending)).toMatchObject({ behind });
  });
});

test.each([
  [["dev"], /missing required argument 'target'/],
  [["dev", "dev"], /source and target are both "dev"/],
  [["dev", "nowhere"], /there is no Pulumi\.nowhere\.yaml/],
  [["dev", "staging", "--chek"], /Did you mean --check/],
])("npm run promote -- %j is refused", async (argv, expected) => {
  const { code, all } = await runScript("promote", ...argv);
  expect(code).not.toBe(0);
  expect(all).toMatch(expected);
  expect(all).not.toMatch(/\n\s+at /);
});
