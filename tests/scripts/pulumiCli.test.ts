import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { pulumiCli, pulumiConfig } from "../../scripts/lib/engines/pulumiCli";

/** A `pulumi` that records how it is called and prints what the CLI prints. */
describe("the Pulumi CLI as the recovery uses it", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-cli-"));
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH ?? ""}` };
  const calls = path.join(folder, "calls");
  const answer = (script: string): void => {
    const file = path.join(folder, "pulumi");
    writeFileSync(file, `#!/bin/sh\necho "$@" >> ${calls}\n${script}\n`);
    chmodSync(file, 0o755);
    writeFileSync(calls, "");
  };
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("exports and imports the state of the stack without questions", async () => {
    answer(
      `if [ "$2" = import ]; then cat "$4" > ${folder}/imported; else echo '{"version":3,"deployment":{"metadata":{}}}'; fi`,
    );
    const cli = pulumiCli(folder, "dev", env);
    const state = await cli.exportState();
    await cli.importState(state);
    expect(JSON.parse(readFileSync(path.join(folder, "imported"), "utf8"))).toEqual(state);
    expect(readFileSync(calls, "utf8")).toMatch(
      /^stack export --stack dev --non-interactive\nstack import --file \S+ --stack dev --non-interactive\n$/,
    );
  });

  it("reads the native resources that a preview would create", async () => {
    const native = { urn: "urn:a", type: "azure-native:resources:ResourceGroup", custom: true, inputs: {} };
    const steps = [
      { op: "create", newState: native },
      { op: "same", newState: native },
      { op: "create", newState: { ...native, type: "command:local:Command" } },
    ];
    answer(`echo '${JSON.stringify({ steps })}'`);
    expect(await pulumiCli(folder, "dev", env).plannedCreations()).toEqual([native]);
  });

  it("reads the stack's settings, secrets included", async () => {
    answer(
      `echo '{"azure-native:location":{"value":"eastus2","secret":false},"x:y":{"value":"s","secret":true}}'`,
    );
    const setting = await pulumiConfig(folder, "dev", env);
    expect([setting("azure-native:location"), setting("x:y")]).toEqual(["eastus2", "s"]);
  });

  it("reports what the CLI reports", async () => {
    answer("echo 'error: no stack named dev found' >&2; exit 6");
    await expect(pulumiCli(folder, "dev", env).exportState()).rejects.toThrow(
      "`pulumi stack export` failed: error: no stack named dev found",
    );
    const without = { ...process.env, PATH: folder.slice(0, 4) };
    await expect(pulumiCli(folder, "dev", without).exportState()).rejects.toThrow(
      /cannot be started.*Install/,
    );
  });
});
