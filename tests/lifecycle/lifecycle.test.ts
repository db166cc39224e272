import type { Sandbox } from "../../scripts/lib/sandbox";
import { expectSuccess } from "../expectExit";
import {
  type StackOutputs,
  armToken,
  call,
  exportedEnvironment,
  get,
  outputs,
  makeTestSandbox,
  project,
  stateOf,
} from "./support";

interface Status {
  requests: { total: number; writes: number };
}

interface Inventory {
  empty: boolean;
  clusters: unknown[];
  endpoints: unknown[];
  deployments: unknown[];
}

describe("the whole notebook as a stack on the local cloud", () => {
  let sandbox: Sandbox;
  let first: StackOutputs;
  let printed = "";

  const run = async (script: string, ...argv: string[]) => {
    const done = await sandbox.run(script, ...argv);
    printed += done.all;
    return done;
  };
  /** Asserts success with the whole output in the failure message. */
  const succeed = async (script: string, ...argv: string[]) => {
    const done = await run(script, ...argv);
    expectSuccess(done);
    return done;
  };

  beforeAll(async () => {
    sandbox = await makeTestSandbox({ policies: true });
  });
  afterAll(() => sandbox.dispose());

  test("the preview of a new stack sends no write request and writes no state", async () => {
    await succeed("stack", "preview");
    expect((await get<Status>(sandbox, "/local/status")).requests.writes).toBe(0);
    expect(() => stateOf(sandbox)).toThrow();
  });

  test("npm start ends with question, reference and answer", async () => {
    const started = await succeed("start");
    expect(started.stdout).toMatch(/question .+\n(.+\n)+ +answer .+/);
    first = outputs(sandbox);
    expect(first.metrics["eval_loss"]).toBeLessThan(first.metrics["eval_loss_before"] ?? 0);
  });

  test("a second start, a refresh and a preview report no changes, and the preview makes no write request", async () => {
    expect((await succeed("start")).stdout).toContain("no changes");
    await succeed("stack", "refresh", "--expect-no-changes");
    const published = await call(
      sandbox,
      "POST",
      `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}/local/registry/models`,
      { token: await armToken(sandbox), body: { name: "Phi-4-mini-instruct", version: "99" } },
    );
    expect(published.status).toBeLessThan(300);
    const before = await get<Status>(sandbox, "/local/status");
    const preview = await succeed("stack", "preview", "--expect-no-changes");
    const after = await get<Status>(sandbox, "/local/status");
    expect(after.requests.writes).toBe(before.requests.writes);
    expect(after.requests.total).toBeGreaterThan(before.requests.total);
    // A newer base model is reported and not taken.
    expect(preview.all).toMatch(/99/);
  });

  test("the state contains the dynamic providers as constant texts without a path", () => {
    const { resources, text } = stateOf(sandbox);
    const texts = new Set(resources.map(({ inputs }) => inputs?.["__provider"]).filter(Boolean));
    expect(texts.size).toBeGreaterThan(0);
    for (const provider of texts) expect(String(provider).length).toBeLessThan(200);
    expect(text).not.toContain(sandbox.root);
    expect(text).not.toContain(project);
  });

  test("a changed instanceCount only updates the deployment", async () => {
    const before = stateOf(sandbox).resources;
    sandbox.setConfig("azureml-finetune:endpoint.instanceCount", 2);
    sandbox.setConfig("azureml-finetune:model.retainOnDestroy", true);
    await succeed("stack", "up");
    const after = stateOf(sandbox).resources;
    const modified = after.filter(
      ({ urn, type, modified }) =>
        modified !== before.find((old) => old.urn === urn)?.modified && !type.startsWith("pulumi:"),
    );
    expect(modified.map(({ type }) => type)).toEqual([
      "azure-native:machinelearningservices:OnlineDeployment",
    ]);
  });

  test("a changed learning rate trains again and moves to a new deployment without a failed request", async () => {
    const endpoint = outputs(sandbox).scoringUri ?? "";
    const key = await endpointKey(sandbox, first);
    const body = {
      input_data: {
        input_string: [{ role: "user", content: "Hello!" }],
        parameters: { max_new_tokens: 4 },
      },
    };
    const statuses: number[] = [];
    let isUpdating = true;
    const client = (async () => {
      while (isUpdating) {
        statuses.push((await call(sandbox, "POST", endpoint, { token: key, body })).status);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.004);
    await succeed("stack", "up");
    isUpdating = false;
    await client;
    const second = outputs(sandbox);
    expect(second.jobName).not.toBe(first.jobName);
    expect(second.registeredModel).not.toEqual(first.registeredModel);
    expect(second.deploymentName).not.toBe(first.deploymentName);
    expect(second.endpointName).toBe(first.endpointName);
    expect(statuses.length).toBeGreaterThan(10);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect((await get<Inventory>(sandbox, "/local/inventory")).deployments).toHaveLength(1);
  });

  test("a return to earlier settings adopts the earlier job without training and registers a new model version", async () => {
    sandbox.setConfig("azureml-finetune:finetune.learningRate", 0.005);
    const back = await succeed("stack", "up");
    expect(back.all).toContain("adopted");
    const third = outputs(sandbox);
    expect(third.jobName).toBe(first.jobName);
    expect(third.registeredModel.version).not.toBe(first.registeredModel.version);
    expect(third.sampleScore?.answer).toEqual(expect.any(String));
  });

  test("endpoint.enabled: false removes endpoint, deployment, traffic and score, and nothing else", async () => {
    const before = stateOf(sandbox).resources;
    sandbox.setConfig("azureml-finetune:endpoint.enabled", false);
    await succeed("stack", "up");
    const left = new Set(stateOf(sandbox).resources.map(({ urn }) => urn));
    const gone = before.filter(({ urn }) => !left.has(urn)).map(({ type }) => type.split(":").pop());
    expect(new Set(gone)).toEqual(
      new Set(["OnlineEndpoint", "OnlineDeployment", "Traffic", "EndpointScore", "Score", "TrafficSplit"]),
    );
    const inventory = await get<Inventory>(sandbox, "/local/inventory");
    expect(inventory).toMatchObject({ endpoints: [], deployments: [] });
    expect(inventory.clusters).toHaveLength(1);
  });

  test("no secret is in plain text in the state, in the output or in the local cloud's logs", async () => {
    const env = await exportedEnvironment(sandbox);
    const secrets = [env["IDENTITY_HEADER"] ?? "", await armToken(sandbox)];
    const everything = [
      printed,
      stateOf(sandbox).text,
      sandbox.read(".local/cloud/cloud.log"),
      sandbox.read(".local/cloud/requests.log"),
    ].join("\n");
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(15);
      expect(everything.includes(secret)).toBe(false);
    }
    expect(everything).not.toMatch(/AccountKey=|sig=[A-Za-z0-9%+/]{20,}|eyJ[A-Za-z0-9_-]{20,}\.eyJ/);
  });

  test("destroy leaves no billable resource", async () => {
    await succeed("stack", "destroy");
    expect(await get<Inventory>(sandbox, "/local/inventory")).toMatchObject({ empty: true });
    expect(stateOf(sandbox).resources).toEqual([]);
  });
});

async function endpointKey(sandbox: Sandbox, of: StackOutputs): Promise<string> {
  const id =
    `/subscriptions/${of.subscriptionId}/resourceGroups/${of.resourceGroupName}` +
    `/providers/Microsoft.MachineLearningServices/workspaces/${of.workspaceName}/onlineEndpoints/${of.endpointName}`;
  const url = `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}${id}/listKeys?api-version=2025-12-01`;
  const answer = await call(sandbox, "POST", url, { token: await armToken(sandbox), body: {} });
  return (JSON.parse(answer.body) as { primaryKey: string }).primaryKey;
}
