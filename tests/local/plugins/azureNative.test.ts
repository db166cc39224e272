import { startArm, SUBSCRIPTION, type FakeArm, type Seen } from "./support/arm";
import { initFailure, startEngine, startPlugin, urn, type Engine, type Plugin } from "./support/plugin";
import { UNKNOWN, type Properties } from "../../../local/plugins/host/values";

const ML = "azure-native:machinelearningservices";
const GROUP_PATH = `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg`;
const WORKSPACE_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws1`;
const ENDPOINT_PATH = `${WORKSPACE_PATH}/onlineEndpoints/ep`;
const FAST = { "retry-after-ms": "5" };

const group = urn("azure-native:resources:ResourceGroup", "rg");
const workspace = urn(`${ML}:Workspace`, "ws");
const endpoint = urn(`${ML}:OnlineEndpoint`, "ep");
const endpointInputs: Properties = {
  resourceGroupName: "rg",
  workspaceName: "ws1",
  endpointName: "ep",
  location: "westeurope",
  properties: { authMode: "Key" },
  azureApiVersion: "2025-12-01",
};

describe("the azure-native plugin", () => {
  let arm: FakeArm;
  let engine: Engine;
  let plugin: Plugin;

  beforeAll(async () => {
    arm = await startArm();
    engine = await startEngine();
    plugin = await startPlugin("azure-native", engine, arm.env);
    await plugin.configure({ location: "westeurope" });
  });
  afterAll(async () => {
    await plugin.stop();
    engine.close();
    await arm.close();
  });
  beforeEach(() => {
    arm.resources.clear();
    arm.requests.length = 0;
    arm.rules.length = 0;
  });

  /** Answers polls of one operation with the given states, one after the other. */
  function operation(states: Properties[]): string {
    const url = `${arm.url}/operations/1?api-version=x`;
    arm.rules.push(({ path }) =>
      path === "/operations/1"
        ? { status: 200, body: states.shift() ?? { status: "Succeeded" }, headers: FAST }
        : undefined,
    );
    return url;
  }
  const methods = (): string[] => arm.requests.map(({ method, path }) => `${method} ${path}`);
  const puts = (): Seen[] => arm.requests.filter(({ method }) => method === "PUT");

  it("prints its port and nothing else on stdout", () => {
    expect(plugin.stdout).toHaveLength(1);
    expect(Number(plugin.stdout[0])).toBeGreaterThan(0);
  });

  it("answers Configure as a provider that takes no secrets and has no Handshake", async () => {
    expect(await plugin.configure({ location: "westeurope" })).toEqual({
      acceptSecrets: false,
      preview: true,
    });
    await expect(plugin.handshake()).rejects.toMatchObject({ code: 12 });
    await expect(plugin.configure({}, false)).rejects.toThrow("requires Pulumi CLI v3.74.0 or later");
    await plugin.configure({ location: "westeurope" });
  });

  it("creates after looking, reads back, and takes id and outputs from Azure", async () => {
    const { inputs, reasons } = await plugin.check(group, { resourceGroupName: "rg" });
    expect(reasons).toEqual([]);
    expect(inputs).toEqual({
      resourceGroupName: "rg",
      location: "westeurope",
      azureApiVersion: "2024-03-01",
    });
    const { id, outputs } = await plugin.create(group, inputs);
    expect(id).toBe(GROUP_PATH);
    expect(outputs).toEqual({ name: "rg", location: "westeurope", azureApiVersion: "2024-03-01" });
    expect(methods()).toEqual([`GET ${GROUP_PATH}`, `PUT ${GROUP_PATH}`, `GET ${GROUP_PATH}`]);
    const [put] = puts();
    expect(put!.query.get("api-version")).toBe("2024-03-01");
    expect(put!.body).toEqual({ location: "westeurope" });
    expect(put!.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("refuses to create what is already there", async () => {
    arm.resources.set(GROUP_PATH, { id: GROUP_PATH, location: "x" });
    await expect(plugin.create(group, { resourceGroupName: "rg", location: "x" })).rejects.toThrow(
      `cannot create already existing resource '${GROUP_PATH}'`,
    );
  });

  it("shows Azure's own error when the PUT is refused, and records nothing", async () => {
    arm.rules.push(({ method }) =>
      method === "PUT" ? { status: 409, body: { error: { code: "Conflict", message: "no" } } } : undefined,
    );
    const failed = plugin.create(group, { resourceGroupName: "rg", location: "x" });
    await expect(failed).rejects.toThrow('Status=409 Code="Conflict" Message="no"');
    expect(initFailure(await failed.catch((error: unknown) => error))).toBeUndefined();
  });

  it("repeats a request that the service was too busy for", async () => {
    let busy = 2;
    arm.rules.push(({ method }) =>
      method === "PUT" && busy-- > 0 ? { status: 503, headers: FAST } : undefined,
    );
    await plugin.create(group, { resourceGroupName: "rg", location: "x" });
    expect(puts()).toHaveLength(3);
  });

  it("polls an Azure-AsyncOperation and then reads the resource", async () => {
    const url = operation([{ status: "InProgress" }, { status: "Succeeded" }]);
    arm.rules.push(({ method, path, body }) => {
      if (method !== "PUT") return undefined;
      arm.resources.set(path.toLowerCase(), {
        id: path,
        name: "ep",
        location: "westeurope",
        properties: { scoringUri: "https://s" },
      });
      return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
    });
    const { outputs } = await plugin.create(endpoint, endpointInputs);
    expect(outputs["properties"]).toEqual({ scoringUri: "https://s" });
    expect(methods()).toEqual([
      `GET ${ENDPOINT_PATH}`,
      `PUT ${ENDPOINT_PATH}`,
      "GET /operations/1",
      "GET /operations/1",
      `GET ${ENDPOINT_PATH}`,
      `GET ${ENDPOINT_PATH}`,
    ]);
  });

  it("polls a relative Location until it is no longer 202 and adds the API version", async () => {
    let polls = 0;
    arm.rules.push(({ method, path, query }) => {
      if (method === "PUT") return { status: 202, headers: { location: "/operations/2", ...FAST } };
      if (path !== "/operations/2") return undefined;
      expect(query.get("api-version")).toBe("2025-12-01");
      if (++polls < 3) return { status: 202, headers: FAST };
      arm.resources.set(ENDPOINT_PATH.toLowerCase(), { id: ENDPOINT_PATH, location: "westeurope" });
      return { status: 200, body: { id: ENDPOINT_PATH } };
    });
    expect((await plugin.create(endpoint, endpointInputs)).id).toBe(ENDPOINT_PATH);
    expect(polls).toBe(3);
  });

  it("polls the resource itself while its provisioningState says so", async () => {
    const states = ["Creating", "Updating", "Succeeded"];
    arm.rules.push(({ method, path }) => {
      if (path !== ENDPOINT_PATH || (method === "GET" && puts().length === 0)) return undefined;
      const provisioningState = states.length > 1 ? states.shift()! : states[0]!;
      return { status: 200, body: { id: path, properties: { provisioningState } }, headers: FAST };
    });
    const { outputs } = await plugin.create(endpoint, endpointInputs);
    expect(outputs["properties"]).toEqual({ provisioningState: "Succeeded" });
  });

  it("reports a failed operation as a partial failure with the resource as it stands", async () => {
    const error = { code: "OutOfCapacity", message: "no machine left" };
    const url = operation([{ status: "Failed", error }]);
    arm.rules.push(({ method, path, body }) => {
      if (method !== "PUT") return undefined;
      arm.resources.set(path.toLowerCase(), { id: path, properties: { provisioningState: "Failed" } });
      return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
    });
    const failure = await plugin.create(endpoint, endpointInputs).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(initFailure(failure)).toEqual({
      id: ENDPOINT_PATH,
      outputs: { properties: { provisioningState: "Failed" }, azureApiVersion: "2025-12-01" },
      reasons: ['Status=200 Code="OutOfCapacity" Message="no machine left"'],
    });
  });

  it("gives up after the operation's own timeout and still says what exists", async () => {
    const url = operation(Array.from({ length: 5000 }, () => ({ status: "InProgress" })));
    arm.rules.push(({ method, path, body }) => {
      if (method !== "PUT") return undefined;
      arm.resources.set(path.toLowerCase(), { id: path });
      return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
    });
    const failure = await plugin.create(endpoint, endpointInputs, { timeout: 0.3 }).catch((e: unknown) => e);
    expect(initFailure(failure)).toMatchObject({ id: ENDPOINT_PATH, reasons: ["operation timed out"] });
  });

  it("previews outputs as the inputs and unknowns, without asking Azure", async () => {
    const { id, outputs } = await plugin.create(endpoint, endpointInputs, { preview: true });
    expect(id).toBe("");
    expect(outputs).toMatchObject({ name: UNKNOWN, location: "westeurope", azureApiVersion: "2025-12-01" });
    expect(outputs["properties"]).toMatchObject({ authMode: "Key", scoringUri: UNKNOWN });
    expect(arm.requests).toEqual([]);
  });

  it("takes the location from the resource group when none is configured", async () => {
    const other = await startPlugin("azure-native", engine, arm.env);
    await other.configure({});
    arm.resources.set(GROUP_PATH, { id: GROUP_PATH, location: "swedencentral" });
    const args = { resourceGroupName: "rg", workspaceName: "ws1", properties: { authMode: "Key" } };
    const known = await other.check(endpoint, args);
    expect(known.inputs["location"]).toBe("swedencentral");
    const unknown = await other.check(endpoint, { ...args, resourceGroupName: UNKNOWN });
    expect(unknown.inputs["location"]).toBe(UNKNOWN);
    await other.stop();
  });

  it("updates with a full PUT and keeps a vault's live access policies", async () => {
    const vault = urn("azure-native:keyvault:Vault", "kv");
    const path = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv1`;
    const inputs: Properties = {
      resourceGroupName: "rg",
      vaultName: "kv1",
      location: "westeurope",
      properties: { tenantId: "t", sku: { family: "A", name: "standard" } },
    };
    await plugin.create(vault, inputs);
    expect(puts()[0]!.body).toMatchObject({ properties: { accessPolicies: [] } });
    const stored = arm.resources.get(path.toLowerCase())!;
    (stored["properties"] as Properties)["accessPolicies"] = [{ objectId: "somebody" }];
    const outputs = await plugin.update(vault, path, inputs, { ...inputs, tags: { a: "b" } });
    expect(puts()[1]!.body).toMatchObject({
      tags: { a: "b" },
      properties: { tenantId: "t", accessPolicies: [{ objectId: "somebody" }] },
    });
    expect(outputs["tags"]).toEqual({ a: "b" });
  });

  it("sees drift but not the service's defaults on refresh", async () => {
    const inputs: Properties = { ...endpointInputs, tags: { owner: "a" } };
    const { id, outputs } = await plugin.create(endpoint, inputs);
    const live = arm.resources.get(ENDPOINT_PATH.toLowerCase())!;
    live["tags"] = { owner: "b" };
    live["sku"] = { name: "Default" };
    const before = { ...outputs, sku: { name: "Default" } };
    const read = await plugin.read(endpoint, id, inputs, before);
    expect(read.inputs).toEqual({ ...inputs, tags: { owner: "b" } });
    expect(read.outputs).toMatchObject({ tags: { owner: "b" }, sku: { name: "Default" } });
  });

  it("answers a read of what is gone with an empty id", async () => {
    expect((await plugin.read(endpoint, ENDPOINT_PATH, endpointInputs)).id).toBe("");
  });

  it("rebuilds inputs for an import from id and body", async () => {
    arm.resources.set(WORKSPACE_PATH.toLowerCase(), {
      id: WORKSPACE_PATH,
      location: "westeurope",
      properties: { friendlyName: "mine", workspaceId: "w-1", sharedPrivateLinkResources: [] },
    });
    const { inputs, outputs } = await plugin.read(workspace, WORKSPACE_PATH);
    expect(inputs).toEqual({
      resourceGroupName: "rg",
      workspaceName: "ws1",
      location: "westeurope",
      friendlyName: "mine",
      azureApiVersion: "2025-12-01",
    });
    expect(outputs).toMatchObject({ workspaceId: "w-1", friendlyName: "mine" });
  });

  it("deletes, waits for the end, and takes 404 as done", async () => {
    await plugin.create(endpoint, endpointInputs);
    const url = operation([{ status: "InProgress" }, { status: "Succeeded" }]);
    arm.rules.push(({ method }) =>
      method === "DELETE" ? { status: 202, headers: { location: url, ...FAST } } : undefined,
    );
    arm.requests.length = 0;
    await plugin.delete(endpoint, ENDPOINT_PATH, endpointInputs);
    expect(methods()[0]).toBe(`DELETE ${ENDPOINT_PATH}`);
    arm.rules.length = 0;
    arm.resources.clear();
    await plugin.delete(endpoint, ENDPOINT_PATH, endpointInputs);
  });

  it("calls listKeys, getters, and tells who it is", async () => {
    await plugin.create(endpoint, endpointInputs);
    arm.rules.push(({ method, path }) =>
      method === "POST" && path === `${ENDPOINT_PATH}/listKeys`
        ? { status: 200, body: { primaryKey: "one", secondaryKey: "two", extra: 1 } }
        : undefined,
    );
    const args = { resourceGroupName: "rg", workspaceName: "ws1", endpointName: "ep" };
    expect((await plugin.invoke(`${ML}:listOnlineEndpointKeys`, args)).result).toEqual({
      primaryKey: "one",
      secondaryKey: "two",
    });
    expect((await plugin.invoke(`${ML}:getOnlineEndpoint`, args)).result).toMatchObject({
      id: ENDPOINT_PATH,
      properties: { authMode: "Key" },
      azureApiVersion: "2025-12-01",
    });
    expect((await plugin.invoke("azure-native:authorization:getClientConfig", {})).result).toEqual({
      clientId: "app-1",
      objectId: "object-1",
      subscriptionId: SUBSCRIPTION,
      tenantId: "tenant-1",
    });
    const { result } = await plugin.invoke("azure-native:authorization:getClientToken", {
      endpoint: "https://storage.azure.com",
    });
    expect((result as Properties)["token"]).toEqual(expect.any(String));
    const missing = await plugin.invoke(`${ML}:getOnlineEndpoint`, { resourceGroupName: "rg" });
    expect(missing.reasons).toContain("missing required property 'endpointName'");
    await expect(plugin.invoke(`${ML}:getNothing`, {})).rejects.toThrow(
      `Invoke type ${ML}:getNothing not found`,
    );
    await expect(
      plugin.invoke(`${ML}:getOnlineEndpoint`, { ...args, endpointName: "other" }),
    ).rejects.toThrow(/^2 UNKNOWN: request failed .*other: Status=404 Code="ResourceNotFound"/);
  });

  it("names what it does not serve", async () => {
    await expect(plugin.check(urn("azure-native:compute:Disk", "d"), {})).rejects.toThrow(
      "Resource type azure-native:compute:Disk not found",
    );
    await expect(plugin.check(urn("azure-native:storage:Blob", "b"), {})).rejects.toThrow(
      "storage:Blob is not served",
    );
  });

  it("stops what is under way on Cancel and reports what already exists", async () => {
    const other = await startPlugin("azure-native", engine, arm.env);
    await other.configure({});
    const url = operation(Array.from({ length: 5000 }, () => ({ status: "InProgress" })));
    const polled = new Promise<void>((ok) => {
      arm.rules.unshift(({ method, path, body }) => {
        if (path === "/operations/1") ok();
        if (method !== "PUT") return undefined;
        arm.resources.set(path.toLowerCase(), { id: path });
        return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
      });
    });
    const created = other.create(endpoint, endpointInputs).catch((e: unknown) => e);
    await polled;
    await other.cancel();
    expect(initFailure(await created)).toMatchObject({
      id: ENDPOINT_PATH,
      reasons: ["operation was cancelled"],
    });
    await other.stop();
  });

  it("ends by itself when its engine is gone", async () => {
    const brief = await startEngine();
    const other = await startPlugin("azure-native", brief, arm.env);
    await other.configure({});
    brief.close();
    expect(await other.exited).toBe(0);
    await other.stop();
  });

  it("says which setting is missing when no subscription is configured", async () => {
    const { ARM_SUBSCRIPTION_ID: _, ...env } = arm.env;
    const other = await startPlugin("azure-native", engine, env);
    await expect(other.configure({})).rejects.toThrow(
      "A Subscription ID must be configured when authenticating with a managed identity",
    );
    await other.stop();
  });
});
