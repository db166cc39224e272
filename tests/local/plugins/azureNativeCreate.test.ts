import { startArm, type FakeArm, type Seen } from "./support/arm";
import {
  ENDPOINT_PATH,
  FAST,
  GROUP_PATH,
  endlessOperation,
  endpoint,
  endpointInputs,
  group,
  operation,
} from "./support/cases";
import { initFailure, startEngine, startPlugin, type Engine, type Plugin } from "./support/plugin";
import { UNKNOWN } from "../../../local/plugins/host/values";

describe("creating with the azure-native plugin", () => {
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

  it("prints its port and nothing else on stdout", () => {
    expect(plugin.stdout).toHaveLength(1);
    expect(Number(plugin.stdout[0])).toBeGreaterThan(0);
  });

  it("answers Configure without accepting secrets and does not implement Handshake", async () => {
    expect(await plugin.configure({ location: "westeurope" })).toEqual({
      acceptSecrets: false,
      preview: true,
    });
    await expect(plugin.handshake()).rejects.toMatchObject({ code: 12 });
    await expect(plugin.configure({}, false)).rejects.toThrow("requires Pulumi CLI v3.74.0 or later");
    await plugin.configure({ location: "westeurope" });
  });

  it("checks that the resource is absent, creates it, reads it back, and returns Azure's id and outputs", async () => {
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

  it("refuses to create a resource that exists", async () => {
    arm.resources.set(GROUP_PATH, { id: GROUP_PATH, location: "x" });
    await expect(plugin.create(group, { resourceGroupName: "rg", location: "x" })).rejects.toThrow(
      `cannot create already existing resource '${GROUP_PATH}'`,
    );
  });

  it("shows Azure's error when the PUT is refused, and records nothing", async () => {
    arm.rules.push(({ method }) =>
      method === "PUT" ? { status: 409, body: { error: { code: "Conflict", message: "no" } } } : undefined,
    );
    const failed = plugin.create(group, { resourceGroupName: "rg", location: "x" });
    await expect(failed).rejects.toThrow('Status=409 Code="Conflict" Message="no"');
    expect(initFailure(await failed.catch((error: unknown) => error))).toBeUndefined();
  });

  it("shows the details of Azure's error, where Azure ML puts the cause", async () => {
    const details = [{ code: "InferencingClientCreateDeploymentFailed", message: "Not enough quota" }];
    arm.rules.push(({ method }) =>
      method === "PUT"
        ? {
            status: 400,
            body: { error: { code: "BadRequest", message: "The request is invalid.", details } },
          }
        : undefined,
    );
    await expect(plugin.create(group, { resourceGroupName: "rg", location: "x" })).rejects.toThrow(
      'Status=400 Code="BadRequest" Message="The request is invalid." Details: Code="InferencingClientCreateDeploymentFailed" Message="Not enough quota"',
    );
  });

  it("retries a request that the service was too busy for", async () => {
    let busy = 2;
    arm.rules.push(({ method }) =>
      method === "PUT" && busy-- > 0 ? { status: 503, headers: FAST } : undefined,
    );
    await plugin.create(group, { resourceGroupName: "rg", location: "x" });
    expect(puts()).toHaveLength(3);
  });

  it("polls an Azure-AsyncOperation and then reads the resource", async () => {
    const url = operation(arm, [{ status: "InProgress" }, { status: "Succeeded" }]);
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

  it("polls the resource itself until its provisioningState is final", async () => {
    const states = ["Creating", "Updating", "Succeeded"];
    arm.rules.push(({ method, path }) => {
      if (path !== ENDPOINT_PATH || (method === "GET" && puts().length === 0)) return undefined;
      const provisioningState = states.length > 1 ? states.shift()! : states[0]!;
      return { status: 200, body: { id: path, properties: { provisioningState } }, headers: FAST };
    });
    const { outputs } = await plugin.create(endpoint, endpointInputs);
    expect(outputs["properties"]).toEqual({ provisioningState: "Succeeded" });
  });

  it("reports a failed operation as a partial failure with the current resource", async () => {
    const error = { code: "OutOfCapacity", message: "no machine left" };
    const url = operation(arm, [{ status: "Failed", error }]);
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

  it("stops at the operation's timeout and reports the resource that exists", async () => {
    const url = endlessOperation(arm);
    arm.rules.push(({ method, path, body }) => {
      if (method !== "PUT") return undefined;
      arm.resources.set(path.toLowerCase(), { id: path });
      return { status: 201, body: body!, headers: { "azure-asyncoperation": url, ...FAST } };
    });
    const failure = await plugin.create(endpoint, endpointInputs, { timeout: 2 }).catch((e: unknown) => e);
    expect(initFailure(failure)).toMatchObject({ id: ENDPOINT_PATH, reasons: ["operation timed out"] });
  });

  it.each([true, false])(
    "checks whether the resource exists after a PUT without a response (arrived: %s)",
    async (arrived) => {
      arm.rules.push(({ method, path }) => {
        if (method !== "PUT") return undefined;
        if (arrived) arm.resources.set(path.toLowerCase(), { id: path, location: "westeurope" });
        return { status: 0 };
      });
      const failure = await plugin
        .create(endpoint, endpointInputs, { timeout: 2 })
        .catch((e: unknown) => e as Error);
      expect((failure as Error).message).toContain("operation timed out");
      const recorded = { id: ENDPOINT_PATH, outputs: { location: "westeurope" } };
      if (arrived) expect(initFailure(failure)).toMatchObject(recorded);
      else expect(initFailure(failure)).toBeUndefined();
    },
  );

  it("previews outputs from inputs and unknowns, without a request", async () => {
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
});
