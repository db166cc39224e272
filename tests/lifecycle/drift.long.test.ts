import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "../../scripts/lib/sandbox";
import { nativeTypes } from "../../operations/recovery/nativeIds";
import { type Azure, type Body, rounds } from "../../scripts/lib/drift/table";
import { operationsOf } from "./operations";
import { armToken, call, get, makeTestSandbox, outputs, stateOf } from "./support";

type Report = { steps: { op: string; urn: string }[] };

describe("drift: what somebody changes or deletes in Azure", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await makeTestSandbox();
    sandbox.setConfig("azureml-finetune:monitoring", {
      diagnostics: true,
      alerts: { email: ["team@example.com"], errorRate: 0.05, latencyP95Ms: 8000, monthlyCost: 500 },
    });
    await succeed("up");
  });
  afterAll(() => sandbox.dispose());

  const { succeed } = operationsOf(() => sandbox);

  /** The steps that change something, as `operation Type name`. */
  const stepsOf = async (operation: string): Promise<string[]> => {
    const { stdout } = await succeed(operation, "--json");
    // The lines before the document are those of the recovery.
    const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Report;
    return steps
      .filter(({ op }) => op !== "same" && op !== "read" && op !== "refresh")
      .map(({ op, urn }) => `${op} ${nameOf(urn)}`)
      .filter((step) => !/ default(_|$)| Stack /.test(step))
      .sort();
  };
  const nameOf = (urn: string): string =>
    `${urn.split("::")[2]?.split("$").at(-1)?.split(":").at(-1)} ${urn.split("::")[3]}`;

  const send = async (method: string, path: string, version: string, body?: unknown): Promise<Body> => {
    const url = `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}${path}?api-version=${version}`;
    const token = await armToken(sandbox);
    const answer = await call(sandbox, method, url, { token, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300 && !(method === "GET" && answer.status === 404))
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body || "{}") as Body;
  };
  /** Waits until the service no longer works on a resource. */
  const settle = async (path: string, version: string): Promise<void> => {
    for (;;) {
      const { properties } = await send("GET", path, version);
      const state = (properties as { provisioningState?: string } | undefined)?.provisioningState;
      if (state === undefined || /^(Succeeded|Failed)$/.test(state)) return;
      await pause(50);
    }
  };
  const find = (resource: string): { path: string; version: string } => {
    const found = stateOf(sandbox).resources.find(
      ({ urn, type }) => type.startsWith("azure-native:") && nameOf(urn) === resource,
    );
    if (!found?.id) throw new Error(`the state has no ${resource}`);
    return { path: found.id, version: nativeTypes[found.type]?.apiVersion ?? "" };
  };
  const edit = async (path: string, version: string, change: (body: Body) => void): Promise<void> => {
    const live = (await send("GET", path, version)) as Body & Record<string, unknown>;
    for (const name of ["id", "name", "type", "systemData"]) delete live[name];
    const identity = live["identity"] as { type?: string } | undefined;
    if (identity) live["identity"] = { type: identity.type };
    for (const name of ["status", "services", "parentJobName"]) delete live.properties[name];
    change(live);
    await send("PUT", path, version, live);
    await settle(path, version);
  };
  const job = (): string => {
    const { subscriptionId, resourceGroupName, workspaceName, jobName } = outputs(sandbox);
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${workspaceName}/jobs/${jobName}`;
  };
  const remove = async (path: string, version: string): Promise<void> => {
    await send("DELETE", path, version);
    while ("properties" in (await send("GET", path, version))) await pause(50);
  };
  const azure: Azure = {
    edit: async (resource, change) => edit(find(resource).path, find(resource).version, change),
    remove: (resource) => remove(find(resource).path, find(resource).version),
    editJob: (change) => edit(job(), "2025-12-01", change),
    removeJob: () => remove(job(), "2025-12-01"),
    removeData: async () => {
      const token = await armToken(sandbox, "https://storage.azure.com");
      const uploads = stateOf(sandbox).resources.filter(({ type }) => type.endsWith(":DataUpload"));
      for (const { outputs: blob } of uploads) {
        const headers = { "x-ms-version": "2024-11-04" };
        const answer = await call(sandbox, "DELETE", String(blob?.["blobUrl"]), { token, headers });
        expect(answer.status).toBe(202);
      }
    },
  };

  const ask = async (): Promise<number> => (await sandbox.run("ask", "How do I bake bread?")).code;

  for (const [round, rows] of Object.entries(rounds)) {
    test(`${round}: refresh shows it, up repairs it without training, and the endpoint answers`, async () => {
      const before = outputs(sandbox).jobName;
      for (const row of rows) await row.act(azure);
      const seen = rows.flatMap(({ resource, refresh, also }) => [
        ...(refresh ? [`${refresh} ${resource}`] : []),
        ...(also?.refresh ?? []),
      ]);
      expect(await stepsOf("refresh")).toEqual(seen.sort());
      const repaired = rows.flatMap(({ resource, up, also }) => [
        ...(up ? [`${up} ${resource}`] : []),
        ...(also?.up ?? []),
      ]);
      expect(await stepsOf("up")).toEqual(repaired.sort());
      await succeed("preview", "--expect-no-changes");
      expect(outputs(sandbox).jobName).toBe(before);
      expect(await ask()).toBe(0);
      const { resources } = await get<{ resources: Record<string, number> }>(sandbox, "/local/status");
      expect(resources["Microsoft.MachineLearningServices/workspaces/jobs"] ?? 0).toBeLessThanOrEqual(1);
    });
  }

  test("an up after a deletion that it fails on names what was deleted, and the commands to run", async () => {
    await azure.remove("OnlineEndpoint endpoint");
    sandbox.setConfig("azureml-finetune:endpoint.instanceCount", 2);
    const failed = await sandbox.run("stack", "up");
    expect(failed.code).not.toBe(0);
    expect(failed.all).toMatch(/Deleted outside the stack: .*endpoint/);
    expect(failed.all).toContain("npm run refresh");
    await succeed("refresh");
  });
});
