import { existsSync } from "node:fs";
import * as path from "node:path";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { makeTestSandbox } from "./support";

describe("npm run up with a stack that violates a policy", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:compute.minNodes", 1);
  });
  afterAll(() => sandbox.dispose());

  test("is refused with the rule, the property and the remedy, before anything is created", async () => {
    const refused = await sandbox.run("stack", "up");
    expect(refused.code).toBe(1);
    expect(refused.all).toMatch(/❌ azureml-finetune@v\d+\.\d+\.\d+ \(local: policy\)/);
    expect(refused.all).toMatch(
      /\[mandatory\] {2}cluster-scales-to-zero {2}\(.*: gpu-cluster\)(.|\n)*minNodeCount is 1; allowed: 0 in environment local\. Set compute\.minNodes to 0/,
    );
    expect(
      existsSync(path.join(sandbox.root, ".local/state/.pulumi/stacks/azureml-finetune/local.json")),
    ).toBe(false);
  });

  test("is not checked with --no-policy", async () => {
    const preview = await sandbox.run("stack", "preview", "--no-policy");
    expect(preview.code).toBe(0);
    expect(preview.all).not.toContain("Policies:");
  });
});
