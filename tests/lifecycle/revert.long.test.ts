import type { Sandbox } from "../../scripts/lib/sandbox";
import { scoreContinuously } from "./load";
import { operationsOf } from "./operations";
import { get, makeTestSandbox, outputs, stateOf, type StackOutputs } from "./support";

interface Document {
  systemData?: { createdAt?: string };
  properties: { isArchived?: boolean; tags?: Record<string, string>; traffic?: Record<string, number> };
}

describe.each(["archive", "delete"])("a return to the former settings (onDestroy: %s)", (onDestroy) => {
  let sandbox: Sandbox;
  let first: StackOutputs;
  let created: Array<string | undefined>;
  let stopScoring: () => Promise<number[]>;

  const { succeed, addFault, jobs } = operationsOf(() => sandbox);
  const read = (path: string): Promise<Document> => {
    const { subscriptionId, resourceGroupName, workspaceName } = first;
    const workspace = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${workspaceName}`;
    return get<Document>(sandbox, `${workspace}/${path}?api-version=2025-12-01`);
  };
  const servingResources = (): string[] => [
    `models/${first.registeredModel.name}/versions/${first.registeredModel.version}`,
    `onlineEndpoints/${first.endpointName}/deployments/${first.deploymentName}`,
  ];
  const creationTimes = () =>
    Promise.all(servingResources().map(async (path) => (await read(path)).systemData?.createdAt));

  /** The first model serves from its own job, and nothing was created again for it. */
  const expectFirstAgain = async (): Promise<void> => {
    const { registeredModel, deploymentName, jobName, endpointName } = outputs(sandbox);
    expect({ registeredModel, deploymentName, jobName }).toEqual({
      registeredModel: first.registeredModel,
      deploymentName: first.deploymentName,
      jobName: first.jobName,
    });
    expect(await creationTimes()).toEqual(created);
    expect((await read(`onlineEndpoints/${endpointName}`)).properties.traffic).toEqual({
      [String(deploymentName)]: 100,
    });
    expect((await read(`jobs/${jobName}`)).properties.isArchived).toBe(false);
    expect(stateOf(sandbox).resources.filter((resource) => resource.delete)).toEqual([]);
    await succeed("preview", "--expect-no-changes");
  };

  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:finetune.onDestroy", onDestroy);
    await succeed("up");
    first = outputs(sandbox);
    created = await creationTimes();
    stopScoring = await scoreContinuously(sandbox);
  });
  afterAll(() => sandbox.dispose());

  test("after a deployment that never became healthy keeps job, model version and deployment", async () => {
    await addFault({ kind: "probe-never-healthy", path: "*/deployments/*" });
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    expect((await sandbox.run("stack", "up")).code).not.toBe(0);
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.005);
    const back = await succeed("up");
    expect(back.all).toContain(`[${first.jobName}] adopted`);
    expect(back.all).toContain("stays: another resource of the stack uses this job now");
    await expectFirstAgain();
  });

  // What destroy does with a job matters where the job of the former settings is adopted: in the test above.
  const testOnce = onDestroy === "archive" ? test : () => undefined;

  testOnce("after a job that failed changes neither model version nor deployment", async () => {
    await addFault({ kind: "step-crash", path: "*/steps/chat_completion_finetune" });
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.003);
    expect((await sandbox.run("stack", "up")).code).not.toBe(0);
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.005);
    await succeed("up");
    await expectFirstAgain();
  });

  test("never failed a request", async () => {
    const statuses = await stopScoring();
    expect(statuses.length).toBeGreaterThan(10);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  testOnce("after a deployment that gave no answer keeps job, model version and deployment", async () => {
    await addFault({ kind: "500", path: "*/score", times: 0 });
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    expect((await sandbox.run("stack", "up")).code).not.toBe(0);
    await sandbox.run("local", "fault", "clear");
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.005);
    await succeed("up");
    // The deployment that failed is gone, and the one that serves is current again.
    expect(stateOf(sandbox).resources.filter(({ type }) => type.endsWith(":OnlineDeployment"))).toHaveLength(
      1,
    );
    await expectFirstAgain();
  });

  test("leaves nothing after destroy", async () => {
    // Jobs of failed roll-outs are removed with their resources.
    expect(await jobs()).toBe(onDestroy === "delete" ? 1 : 3);
    await succeed("destroy");
    expect(stateOf(sandbox).resources).toEqual([]);
    expect(await get<{ empty: boolean }>(sandbox, "/local/inventory")).toMatchObject({ empty: true });
  });
});
