import type { Sandbox } from "../../scripts/lib/sandbox";
import { operationsOf } from "./operations";
import { get, makeTestSandbox, outputs, stateOf, type StackOutputs } from "./support";

interface Document {
  systemData?: { createdAt?: string };
  properties: { isArchived?: boolean; tags?: Record<string, string> };
}

describe("a gate with onMiss: keepServing", () => {
  let sandbox: Sandbox;
  let first: StackOutputs;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:finetune.maxSteps", 2);
  });
  afterAll(() => sandbox.dispose());

  const { succeed, jobs } = operationsOf(() => sandbox);
  const read = (path: string): Promise<Document> => {
    const { subscriptionId, resourceGroupName, workspaceName } = first;
    const workspace = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${workspaceName}`;
    return get<Document>(sandbox, `${workspace}/${path}?api-version=2025-12-01`);
  };
  const served = ({ registeredModel, deploymentName, jobName }: StackOutputs) => ({
    ...{ registeredModel, deploymentName, jobName },
  });
  const setGate = (gate: Record<string, unknown>): void =>
    sandbox.setConfig("azureml-finetune:finetune.gate", { ...gate, onMiss: "keepServing" });

  test("fails while nothing serves, and uses the same job once it meets the gate", async () => {
    setGate({ maxEvalLoss: 1e-6 });
    const missed = await sandbox.run("stack", "up");
    expect(missed.code).not.toBe(0);
    expect(missed.all).toMatch(
      /gate\.maxEvalLoss: eval_loss of \S+, measured on .*allowed: at most 0\.000001/,
    );
    expect(missed.all).toContain("no model serves yet");
    setGate({ maxEvalLoss: 100 });
    await succeed("up");
    first = outputs(sandbox);
    expect(await jobs()).toBe(1);
    await succeed("preview", "--expect-no-changes");
  });

  test("leaves model, deployment and traffic as they are when a new job misses it, and shows no changes afterwards", async () => {
    const version = `models/${first.registeredModel.name}/versions/${first.registeredModel.version}`;
    const before = await read(version);
    expect(before.properties.tags).toMatchObject({ evalLoss: String(first.metrics["eval_loss"]) });
    setGate({ maxEvalLoss: 1e-6 });
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    const done = await succeed("up");
    expect(done.all).toContain("has missed finetune.gate");
    expect(served(outputs(sandbox))).toEqual(served(first));
    expect(await read(version)).toEqual(before);
    expect(await jobs()).toBe(2);
    expect((await read(`jobs/${first.jobName}`)).properties.isArchived).toBe(false);
    expect((await succeed("preview", "--expect-no-changes")).all).toContain("has missed finetune.gate");
  });

  test("keeps the same model again when the next job misses it too", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.003);
    await succeed("up");
    expect(served(outputs(sandbox))).toEqual(served(first));
    expect((await read(`jobs/${first.jobName}`)).properties.isArchived).toBe(false);
  });

  test("accepts the new model without training once it is loosened", async () => {
    const before = await jobs();
    setGate({ maxEvalLoss: 100 });
    await succeed("up");
    const second = outputs(sandbox);
    expect(second.jobName).not.toBe(first.jobName);
    expect(second.deploymentName).not.toBe(first.deploymentName);
    expect(await jobs()).toBe(before);
    await succeed("preview", "--expect-no-changes");
  });

  test("releases all jobs with destroy", async () => {
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
    expect(await get<{ empty: boolean }>(sandbox, "/local/inventory")).toMatchObject({ empty: true });
  });
});
