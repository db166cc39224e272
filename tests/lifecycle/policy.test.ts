import type { Sandbox } from "../../scripts/lib/sandbox";
import { makeTestSandbox, stateOf } from "./support";

describe("npm run up with a stack that violates a policy", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox({ policies: true });
    sandbox.setConfig("azureml-finetune:compute.minNodes", 1);
  });
  afterAll(() => sandbox.dispose());

  test("stops before the resource, with the rule, the property and the remedy", async () => {
    const refused = await sandbox.run("stack", "up");
    expect(refused.code).toBe(1);
    expect(refused.all).toMatch(/❌ azureml-finetune@v\d+\.\d+\.\d+ \(local: policy\)/);
    expect(refused.all).toMatch(
      /\[mandatory\] {2}cluster-scales-to-zero {2}\(.*: gpu-cluster\)(.|\n)*minNodeCount is 1; allowed: 0 in environment local\. Set compute\.minNodes to 0/,
    );
    const types = stateOf(sandbox).resources.map(({ urn }) => urn.split("::").slice(-2).join("::"));
    expect(types.filter((type) => /:(Compute|PipelineJob)::/.test(type))).toEqual([]);
  });

  test("is not checked with --no-policy", async () => {
    const preview = await sandbox.run("stack", "preview", "--no-policy");
    expect(preview.code).toBe(0);
    expect(preview.all).not.toContain("Policies:");
  });
});
