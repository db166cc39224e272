import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { endpointOf } from "../../scripts/lib/endpointOf";

const found = {
  subscriptionId: "s",
  resourceGroupName: "rg",
  workspaceName: "ws",
  endpointName: "chat",
};
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ask-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** An environment with a `pulumi` that runs this shell script. */
function withCli(script: string): NodeJS.ProcessEnv {
  const file = path.join(directory, "pulumi");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { PATH: `${directory}:${process.env.PATH}`, PULUMI_BACKEND_URL: "azblob://state" };
}

describe("the endpoint to ask", () => {
  test("comes from the Pulumi CLI for a backend that is no directory", async () => {
    const env = withCli(
      `[ "$*" = "stack output --json --non-interactive --stack dev" ] && echo '${JSON.stringify(found)}'`,
    );
    expect(await endpointOf({ stack: "dev" }, env)).toEqual(found);
  });

  test("is refused with the CLI's reason, or without a CLI", async () => {
    const env = withCli("echo 'error: no stack named dev' >&2; exit 255");
    await expect(endpointOf({ stack: "dev" }, env)).rejects.toThrow(
      'the outputs of stack "dev" cannot be read: error: no stack named dev. Install the Pulumi CLI',
    );
    await expect(endpointOf({ stack: "dev" }, { PATH: directory + "/none" })).rejects.toThrow(
      "the Pulumi CLI is not installed",
    );
  });

  test("is refused if the stack has none", async () => {
    await expect(endpointOf({ stack: "dev" }, withCli("echo '{}'"))).rejects.toThrow(
      'stack "dev" has no endpoint',
    );
  });

  test("can be named in full, without any state", async () => {
    const named = { subscription: "s", resourceGroup: "rg", workspace: "ws", endpoint: "chat" };
    expect(await endpointOf({ stack: "local", ...named }, {})).toEqual(found);
    await expect(endpointOf({ stack: "local", endpoint: "chat" }, {})).rejects.toThrow(
      "needs all of --subscription",
    );
  });
});
