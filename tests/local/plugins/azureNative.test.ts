import { startArm, SUBSCRIPTION, type FakeArm, type Seen } from "./support/arm";
import {
  ENDPOINT_PATH,
  FAST,
  ML,
  WORKSPACE_PATH,
  endlessOperation,
  endpoint,
  endpointInputs,
  operation,
  workspace,
} from "./support/cases";
import { initFailure, startEngine, startPlugin, urn, type Engine, type Plugin } from "./support/plugin";
import { type Properties } from "../../../local/plugins/host/values";

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

  const methods = (): string[] => arm.requests.map(({ method, path }) => `${method} ${path}`);
  const puts = (): Seen[] => arm.requests.filter(({ method }) => method === "PUT");

  it("updates with a full PUT that keeps the vault's current access policies", async () => {
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

  it("takes drift into the inputs on refresh, but not the service's defaults", async () => {
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

  it("returns an empty id when it reads a resource that does not exist", async () => {
    expect((await plugin.read(endpoint, ENDPOINT_PATH, endpointInputs)).id).toBe("");
  });

  it("fails to read a resource when a 404 has a code that azure-native does not know", async () => {
    arm.rules.push(() => ({ status: 404, body: { error: { code: "UserError", message: "not there" } } }));
    await expect(plugin.read(endpoint, ENDPOINT_PATH, endpointInputs)).rejects.toThrow(
      'Status=404 Code="UserError"',
    );
  });

  it("derives the inputs of an import from id and body", async () => {
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

  it("waits for the end of a delete and accepts 404", async () => {
    await plugin.create(endpoint, endpointInputs);
    const url = operation(arm, [{ status: "InProgress" }, { status: "Succeeded" }]);
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

  it("returns the identity it signs in with", async () => {
    expect((await plugin.invoke("azure-native:authorization:getClientConfig", {})).result).toEqual({
      clientId: "app-1",
      objectId: "object-1",
      subscriptionId: SUBSCRIPTION,
      tenantId: "tenant-1",
    });
  });

  it("refuses other resource types and functions by name and points to the real plugin", async () => {
    const advice = /Use the real plugin: run 'pulumi plugin install resource azure-native \d+\.\d+\.\d+'/;
    const blob = plugin.check(urn("azure-native:storage:Blob", "b"), {});
    await expect(blob).rejects.toThrow(
      "Resource type azure-native:storage:Blob is not supported by the local stand-in for azure-native",
    );
    await expect(blob).rejects.toThrow(advice);
    const keys = plugin.invoke(`${ML}:listOnlineEndpointKeys`, {});
    await expect(keys).rejects.toThrow(`Function ${ML}:listOnlineEndpointKeys is not supported`);
    await expect(keys).rejects.toThrow(advice);
  });

  it("aborts an operation on Cancel and reports the resource that exists", async () => {
    const other = await startPlugin("azure-native", engine, arm.env);
    await other.configure({});
    const url = endlessOperation(arm);
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

  it("continues after a SIGINT without Cancel and exits on the SIGINT after Cancel", async () => {
    const other = await startPlugin("azure-native", engine, arm.env);
    await other.configure({});
    const url = operation(arm, [{ status: "InProgress" }, { status: "Succeeded" }]);
    arm.rules.unshift(({ method, path, body }) => {
      // A terminal's Ctrl-C, in the middle of the operation.
      if (path === "/operations/1") other.process.kill("SIGINT");
      if (method !== "PUT") return undefined;
      arm.resources.set(path.toLowerCase(), { id: path });
      return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
    });
    expect((await other.create(endpoint, endpointInputs)).id).toBe(ENDPOINT_PATH);
    // How the Pulumi CLI ends a plugin. The connection is still open.
    await other.cancel();
    other.process.kill("SIGINT");
    expect(await other.exited).toBe(0);
    await other.stop();
  });

  it("exits when its engine is gone", async () => {
    const brief = await startEngine();
    const other = await startPlugin("azure-native", brief, arm.env);
    await other.configure({});
    brief.close();
    expect(await other.exited).toBe(0);
    await other.stop();
  });

  it("names the missing setting when no subscription is configured", async () => {
    const env = { ...arm.env, ARM_SUBSCRIPTION_ID: undefined };
    const other = await startPlugin("azure-native", engine, env);
    await expect(other.configure({})).rejects.toThrow(
      "A Subscription ID must be configured when authenticating with a managed identity",
    );
    await other.stop();
  });
});
