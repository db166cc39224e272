import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSecrets } from "../../local/engine/state/secrets";
import { checkAzureStack, isOnLocalCloud } from "../../scripts/lib/stackPlace";

describe("where a stack is", () => {
  const root = mkdtempSync(join(tmpdir(), "stack-place-"));
  beforeAll(async () => {
    for (const name of ["Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.dev.yaml"])
      copyFileSync(name, join(root, name));
    for (const name of ["package.json", "dist"]) symlinkSync(join(process.cwd(), name), join(root, name));
    copyFileSync("Pulumi.local.yaml", join(root, "Pulumi.dev2.yaml"));
    const { salt } = await openSecrets(undefined, "another passphrase");
    writeFileSync(join(root, "Pulumi.team.yaml"), `encryptionsalt: ${salt}\nconfig: {}\n`);
    const own = await openSecrets(undefined, "local");
    writeFileSync(join(root, "Pulumi.own.yaml"), `encryptionsalt: ${own.salt}\nconfig: {}\n`);
    writeFileSync(join(root, "Pulumi.broken.yaml"), "encryptionsalt: [\n");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each([
    ["local", true],
    ["dev2", true],
    ["organization/azureml-finetune/dev2", true],
    ["own", true],
    ["dev", false],
    ["team", false],
    ["broken", false],
    ["none", false],
  ])("is decided by the passphrase that opens the salt of its file: %s", async (stack, isLocal) => {
    expect(await isOnLocalCloud(root, stack)).toBe(isLocal);
  });

  const refusal = (stack: string, operation: string, env: NodeJS.ProcessEnv): Promise<string> =>
    checkAzureStack(root, stack, operation, env).then(
      () => "",
      (error: Error) => error.message,
    );

  test("a stack on Azure without any variable names all that is missing, in 80 columns", async () => {
    const text = await refusal("dev", "preview", {});
    expect(text).toMatch(/^stack dev is on Azure\. Not set: state backend, subscription\./);
    for (const command of [
      "az login",
      "export ARM_SUBSCRIPTION_ID=<id>",
      'pulumi login "azblob://<container>?storage_account=<account>"',
      "pulumi preview --stack dev",
      "cp Pulumi.local.yaml Pulumi.dev-local.yaml",
      "npm run preview -- --stack dev-local",
    ])
      expect(text.split("\n")).toContain(`  ${command}`);
    expect(text).toContain("`npm run bootstrap -- --environment dev`");
    for (const line of `error: ${text}`.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.split("\n").length).toBeLessThan(16);
  });

  test("only what is missing is named", async () => {
    const [backend, subscription] = ["file:///state", "00000000-0000-0000-0000-000000000001"];
    expect(await refusal("dev", "up", { PULUMI_BACKEND_URL: backend })).toMatch(
      /Not set: passphrase, subscription\..*npm run up -- --stack dev\n/s,
    );
    const ready = { PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: "" };
    expect(await refusal("dev", "up", ready)).toContain("Not set: subscription.");
    expect(await refusal("dev", "up", { ...ready, ARM_SUBSCRIPTION_ID: subscription })).toBe("");
    expect(await refusal("dev", "config", ready)).toBe("");
  });

  test("a state in a blob container is for the Pulumi CLI", async () => {
    const env = { PULUMI_BACKEND_URL: "azblob://state", ARM_SUBSCRIPTION_ID: "x" };
    expect(await refusal("dev", "up", env)).toMatch(/needs the Pulumi CLI.*pulumi up --stack dev/s);
  });

  test("an unknown stack and a file with mistakes are left to the engine", async () => {
    expect(await refusal("none", "preview", {})).toBe("");
    expect(await refusal("broken", "preview", {})).toBe("");
  });

  test("a copy that exists is not copied again", async () => {
    writeFileSync(join(root, "Pulumi.dev-local.yaml"), readFileSync("Pulumi.local.yaml"));
    expect(await refusal("dev", "preview", {})).not.toContain("cp Pulumi.local.yaml");
  });
});
