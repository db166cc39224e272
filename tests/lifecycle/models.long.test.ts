import type { Sandbox } from "../../scripts/lib/sandbox";
import { operationsOf } from "./operations";
import { makeTestSandbox, outputs, stateOf } from "./support";

/** The chat-completion models of the local registry that Azure has retired. All other tests use the one that it offers. */
const models = ["Phi-3-mini-4k-instruct", "Phi-3.5-mini-instruct"];

describe("the whole stack with a retired model", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 2);
    sandbox.setConfig("azureml-finetune:foundationModel.allowRetired", true);
  });
  afterAll(() => sandbox.dispose());
  const { succeed } = operationsOf(() => sandbox);

  test.each(models)("trains, registers, deploys and asks %s", async (name) => {
    sandbox.setConfig("azureml-finetune:foundationModel.name", name);
    const done = await succeed("up");
    expect(done.all).toContain(`Azure retired ${name} for fine-tuning on 2025-08-30`);
    const { registeredModel, sampleScore } = outputs(sandbox);
    expect(registeredModel.name).toBe(`${name.replace(".", "-")}-ultrachat-200k`);
    expect(sampleScore?.answer).toBeTruthy();
    await succeed("preview", "--expect-no-changes");
  });

  test("is destroyed", async () => {
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});
