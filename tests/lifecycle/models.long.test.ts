import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import { makeTestSandbox, outputs, stateOf } from "./support";

/** The chat-completion models of the local registry, and whether their tags call them retired. */
const models: Array<[name: string, retired: boolean]> = [
  ["Phi-3-mini-4k-instruct", true],
  ["Phi-3.5-mini-instruct", true],
  ["Phi-4-mini-instruct", false],
];

describe.each(models)("the whole stack with %s", (name, retired) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:foundationModel.name", name);
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 2);
    if (retired) sandbox.setConfig("azureml-finetune:foundationModel.allowRetired", true);
  });
  afterAll(() => sandbox.dispose());

  test("is trained, registered, deployed, asked and destroyed", async () => {
    const done = await sandbox.run("stack", "up");
    expectSuccess(done);
    if (retired) expect(done.all).toContain(`Azure retired ${name} for fine-tuning on 2025-08-30`);
    const { registeredModel, sampleScore } = outputs(sandbox);
    expect(registeredModel.name).toBe(`${name.replace(".", "-")}-ultrachat-200k`);
    expect(sampleScore?.answer).toBeTruthy();
    const again = await sandbox.run("stack", "preview", "--expect-no-changes");
    expectSuccess(again);
    const destroyed = await sandbox.run("stack", "destroy");
    expectSuccess(destroyed);
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});
