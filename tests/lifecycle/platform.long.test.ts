import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { type Operations, operationsOf } from "./operations";
import { get, makeTestSandbox } from "./support";

/** A copy of the committed stack of Azure, with the salt that makes it a stack of the local cloud. */
function localPlatform(root: string, changes: (text: string) => string): void {
  const [salt = ""] =
    /^encryptionsalt: .*$/m.exec(readFileSync(join(root, "Pulumi.local.yaml"), "utf8")) ?? [];
  const text = readFileSync("Pulumi.platform.yaml", "utf8");
  writeFileSync(join(root, "Pulumi.platform.yaml"), `${salt}\n${changes(text)}`);
}

describe("the stack platform", () => {
  let sandbox: Sandbox;
  const stack: Operations = operationsOf(() => sandbox);
  const on = ["--stack", "platform"];
  const write = (changes: (text: string) => string = (text) => text): void =>
    localPlatform(sandbox.root, changes);

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    write();
  });
  afterAll(() => sandbox.dispose());

  test("creates a registry that its name discovers, and its preview writes nothing", async () => {
    await stack.succeed("preview", ...on);
    expect((await get<{ requests: { writes: number } }>(sandbox, "/local/status")).requests.writes).toBe(0);
    await stack.succeed("up", ...on);
    const { stdout } = await stack.succeed("outputs", "--json", ...on);
    const outputs = JSON.parse(stdout) as Record<string, unknown>;
    expect(outputs).toMatchObject({ registryName: "azureml-finetune-models", locations: ["eastus2"] });
    const found = await get<Record<string, unknown>>(sandbox, new URL(String(outputs.discoveryUrl)).pathname);
    expect(found).toMatchObject({ registryName: "azureml-finetune-models", regions: ["eastus2"] });
  });

  test("has no changes after a refresh, and takes a further region without a replacement", async () => {
    await stack.succeed("refresh", "--expect-no-changes", ...on);
    await stack.succeed("preview", "--expect-no-changes", ...on);
    write((text) => text.replace("locations: []", "locations: [westeurope]"));
    expect((await stack.succeed("up", ...on)).all).not.toMatch(/replace/);
    await stack.succeed("refresh", "--expect-no-changes", ...on);
  });

  test("is protected, and leaves nothing that bills once it is destroyed without protection", async () => {
    expect((await stack.fail("destroy", ...on)).all).toMatch(/protect/);
    write((text) => text.replace("protect: true", "protect: false"));
    await stack.succeed("up", ...on);
    await stack.succeed("destroy", ...on);
    expect(await get(sandbox, "/local/inventory")).toMatchObject({ empty: true });
  });
});
