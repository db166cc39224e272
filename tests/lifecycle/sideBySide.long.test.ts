import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { type Operations, operationsOf } from "./operations";
import { makeTestSandbox } from "./support";

describe("two stacks on one local cloud", () => {
  let sandbox: Sandbox;
  const stack: Operations = operationsOf(() => sandbox);
  const outputsOf = async (name: string) => {
    const { stdout } = await stack.succeed("outputs", "--json", "--stack", name);
    return JSON.parse(stdout) as Record<string, string>;
  };

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    const file = (name: string): string => join(sandbox.root, `Pulumi.${name}.yaml`);
    copyFileSync(file("local"), file("dev2"));
  });

  afterAll(() => sandbox.dispose());

  test("are deployed at the same time after a file was copied, and share no name", async () => {
    await Promise.all([stack.succeed("up"), stack.succeed("up", "--stack", "dev2")]);
    const [local, dev2] = [await outputsOf("local"), await outputsOf("dev2")];
    for (const name of ["resourceGroupName", "workspaceName", "endpointName", "jobName"])
      expect([name, local[name]]).not.toEqual([name, dev2[name]]);
    expect(await stack.jobs()).toBe(2);
  });

  test("answer questions, appear in the status and hand their workspace to other clients", async () => {
    const { resourceGroupName } = await outputsOf("dev2");
    const asked = await sandbox.run("ask", "--stack", "dev2", "What is the capital of France?");
    expect([asked.code, asked.stdout.trim()]).toEqual([0, expect.stringMatching(/./)]);
    const { stdout: status } = await sandbox.run("local", "status");
    expect(status).toContain(`(${resourceGroupName})`);
    const { stdout: env } = await sandbox.run("local", "env", "--stack", "dev2");
    expect(env).toContain(`AZUREML_ARM_RESOURCEGROUP='${resourceGroupName}'`);
    expect(env).toMatch(
      new RegExp(
        `^export MLFLOW_TRACKING_URI='azureml://127\\.0\\.0\\.1:.*/resourceGroups/${resourceGroupName}/`,
        "m",
      ),
    );
  });

  test("are deleted one by one", async () => {
    await stack.succeed("destroy", "--stack", "dev2");
    await stack.succeed("refresh", "--expect-no-changes");
    await stack.succeed("up", "--expect-no-changes");
    await stack.succeed("destroy");
  });
});
