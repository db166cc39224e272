import * as fs from "node:fs";
import * as path from "node:path";
import { localCloudDocument } from "../../../scripts/lib/localCloudDocument";
import { lastRequests } from "../../../local/cloud/requestLog";
import { anyOf, members, type Shape } from "../../../local/cloud/strict/declaration";
import { unknownMember } from "../../../local/cloud/strict/check";
import { registerHub } from "../../../local/cloud/hub/hub";
import { registerMlParts } from "../../../local/cloud/ml/parts";
import { SUBSCRIPTION, startTestCloud, type TestCloud } from "./helpers/testCloud";

const GROUP = `${SUBSCRIPTION}/resourceGroups/strict`;
const PROVIDERS = `${GROUP}/providers`;
const LOCATION = { location: "westeurope" };
const STORAGE = `${PROVIDERS}/Microsoft.Storage/storageAccounts/strictstore`;
const VAULT = `${PROVIDERS}/Microsoft.KeyVault/vaults/strict-vault`;
const LOGS = `${PROVIDERS}/Microsoft.OperationalInsights/workspaces/strict-logs`;
const WORKSPACE = `${PROVIDERS}/Microsoft.MachineLearningServices/workspaces/strict`;

/** One resource of each type, in an order in which they can be created. */
const RESOURCES: ReadonlyArray<readonly [id: string, body: object]> = [
  [STORAGE, { ...LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } }],
  [`${STORAGE}/blobServices/default/containers/one`, { properties: {} }],
  [VAULT, { ...LOCATION, properties: { sku: { family: "A", name: "standard" } } }],
  [`${VAULT}/secrets/one`, { properties: { value: "v" } }],
  [LOGS, { ...LOCATION, properties: {} }],
  [
    `${PROVIDERS}/Microsoft.Insights/components/strict`,
    { ...LOCATION, kind: "web", properties: { Application_Type: "web", WorkspaceResourceId: LOGS } },
  ],
  [`${PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/strict`, LOCATION],
  [
    WORKSPACE,
    {
      ...LOCATION,
      identity: { type: "SystemAssigned" },
      properties: { storageAccount: STORAGE, keyVault: VAULT },
    },
  ],
  [
    `${WORKSPACE}/computes/cpu`,
    {
      ...LOCATION,
      properties: {
        computeType: "AmlCompute",
        properties: { vmSize: "Standard_DS3_v2", scaleSettings: { maxNodeCount: 1 } },
      },
    },
  ],
  [`${WORKSPACE}/data/d`, { properties: { dataType: "uri_file" } }],
  [
    `${WORKSPACE}/data/d/versions/1`,
    { properties: { dataType: "uri_file", dataUri: "azureml://datastores/workspaceblobstore/paths/a" } },
  ],
  [`${WORKSPACE}/models/m`, { properties: {} }],
  [`${WORKSPACE}/environments/e/versions/1`, { properties: { image: "mcr.example/image" } }],
  [`${WORKSPACE}/onlineEndpoints/strict-endpoint`, { ...LOCATION, properties: { authMode: "Key" } }],
];

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud({ parts: [registerMlParts, registerHub] });
  await cloud.call("PUT", GROUP, LOCATION);
});
afterAll(() => cloud.dispose());

describe("the strict local cloud", () => {
  it("accepts everything it answers: the body of a GET can be PUT again", async () => {
    for (const [id, body] of RESOURCES) {
      const made = await cloud.call("PUT", id, body);
      expect([id, made.status, made.body]).toEqual([id, expect.any(Number), made.body]);
      expect(made.status).toBeLessThan(300);
      await cloud.finish(made);
      const again = await cloud.call("PUT", id, (await cloud.call("GET", id)).body);
      expect([id, again.status, again.body?.error]).toEqual([id, expect.any(Number), undefined]);
      await cloud.finish(again);
    }
  });

  it.each([
    [
      "a property",
      "UnknownProperty",
      "properties.properties.scaleSettings.maxNodes",
      /Supported: maxNodeCount, minNodeCount, nodeIdleTimeBeforeScaleDown\. /,
      () =>
        cloud.call("PUT", `${WORKSPACE}/computes/other`, {
          ...LOCATION,
          properties: { computeType: "AmlCompute", properties: { scaleSettings: { maxNodes: 1 } } },
        }),
    ],
    [
      "a top-level property",
      "UnknownProperty",
      "labels",
      /Supported: .*tags/,
      () => cloud.call("PUT", GROUP, { ...LOCATION, labels: {} }),
    ],
    [
      "a query parameter",
      "UnknownQueryParameter",
      "filter",
      /Supported: api-version, .*listViewType/,
      () => cloud.call("GET", `${WORKSPACE}/jobs?filter=x`),
    ],
    [
      "a header",
      "UnknownHeader",
      "x-ms-force",
      /Supported: x-ms-client-request-id/,
      () => cloud.call("GET", GROUP, undefined, { "x-ms-force": "1" }),
    ],
    [
      "a body where none is expected",
      "UnknownProperty",
      "why",
      /Supported: none/,
      () => cloud.call("POST", `${WORKSPACE}/computes/cpu/listNodes`, { why: 1 }),
    ],
    [
      "an api-version",
      "NoRegisteredProviderFound",
      "api-version",
      /'2019-02-31'.*2024-04-01/,
      () => cloud.call("GET", `${WORKSPACE}?api-version=2019-02-31`),
    ],
  ])(
    "refuses %s that it does not support, and names it and what is supported",
    async (_what, code, target, message, send) => {
      const { status, body } = await send();
      expect([status, body.error.code, body.error.target]).toEqual([400, code, target]);
      expect(body.error.message).toMatch(message);
      expect(body.error.message).toContain(target);
    },
  );

  it("answers in the error format of the service that owns the route", async () => {
    const mlflow = await cloud.call("GET", `/mlflow/v2.0${WORKSPACE}/api/2.0/mlflow/runs/get?run=1`);
    expect([mlflow.status, mlflow.body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("accepts and logs what it does not support when started with --loose", async () => {
    const loose = await startTestCloud({ loose: true });
    expect((await loose.call("PUT", `${GROUP}?why=1`, { ...LOCATION, labels: {} })).status).toBe(201);
    await loose.close();
    expect(lastRequests(loose.home, 1)).toMatchObject([
      { unknown: "UnknownQueryParameter: why", status: 201 },
    ]);
    await loose.dispose();
  });

  it("has a declaration of what every route accepts", () => {
    const silent = cloud.app.declaredRoutes.filter(
      ({ takes, url }) => !takes && url !== "*" && !url.endsWith("mlflow/*"),
    );
    expect(silent.map(({ method, url }) => `${method} ${url}`)).toEqual([]);
  });

  it("has a shape for every body, or the reason why there is none", () => {
    const open = cloud.app.declaredRoutes.filter(({ takes }) => takes?.body === "any");
    expect(open.map(({ method, url }) => `${method} ${url}`)).toEqual([]);
  });

  it("is documented in docs/local-cloud.md as its routes declare (npm run docs writes it)", () => {
    const written = fs.readFileSync(path.join(__dirname, "../../../docs/local-cloud.md"), "utf8");
    expect(written).toBe(localCloudDocument(cloud.app.declaredRoutes));
  });

  it("logs every request with its correlation id and error code, also if the connection was closed", async () => {
    const headers = { "x-ms-correlation-request-id": "find-me" };
    await cloud.call("GET", `${GROUP}x`, undefined, headers);
    await cloud.call("POST", "/local/faults", { kind: "drop", method: "DELETE", path: `${GROUP}y` });
    await expect(cloud.call("DELETE", `${GROUP}y`)).rejects.toThrow();
    let lines = lastRequests(cloud.home, 50);
    while (!lines.some(({ fault }) => fault !== undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      lines = lastRequests(cloud.home, 50);
    }
    expect(lines.find(({ correlationId }) => correlationId === "find-me")).toMatchObject({
      method: "GET",
      status: 404,
      error: "ResourceGroupNotFound",
    });
    expect(lines.find(({ fault }) => fault !== undefined)).toMatchObject({ method: "DELETE", status: 0 });
    expect(lines.every(({ url }) => !/sig=(?!\*)/.test(url))).toBe(true);
  });
});

describe("bodies that are not plain resources", () => {
  const step = {
    type: "pipeline",
    componentId: "c",
    inputs: { a: { job_input_type: "literal", value: "1" } },
  };
  const job = (node: object, more: object = {}): object => ({
    properties: { jobs: { step: node }, ...more },
  });
  const shapeOf = (method: string, path: string): Shape => {
    const route = cloud.app.declaredRoutes.find(
      ({ method: verb, url }) =>
        verb === method && new RegExp(`^${url.replace(/:\w+/g, "[^/]+")}$`, "i").test(path),
    );
    if (!route?.takes) throw new Error(`${method} ${path} is not declared.`);
    return route.takes.body ?? {};
  };
  const ML = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
  const JOB = `PUT ${ML}/jobs/j`;
  const RUN = `PATCH /history/v1.0${ML}/experiments/e/runs/r`;
  const BATCH = `POST /mlflow/v2.0${ML}/api/2.0/mlflow/runs/log-batch`;

  it.each([
    ["a step of a job", JOB, job({ ...step, gpus: 8 }), "properties.jobs.step.gpus", "componentId"],
    [
      "an input of a step",
      JOB,
      job({ ...step, inputs: { a: { kind: "literal" } } }),
      "properties.jobs.step.inputs.a.kind",
      "job_input_type",
    ],
    [
      "a step of a step",
      JOB,
      job({ ...step, jobs: { inner: { gpus: 8 } } }),
      "properties.jobs.step.jobs.inner.gpus",
      "componentId",
    ],
    ["an output", JOB, job(step, { outputs: { o: { to: "x" } } }), "properties.outputs.o.to", "uri"],
    ["a setting", JOB, job(step, { settings: { rerun: 1 } }), "properties.settings.rerun", "force_rerun"],
    [
      "a connection's credential",
      `PUT ${ML}/connections/c`,
      { properties: { authType: "PAT", credentials: { token: "t" } } },
      "properties.credentials.token",
      "pat",
    ],
    ["a check of a workspace", `POST ${ML}/diagnose`, { value: { disk: {} } }, "value.disk", "keyVault"],
    ["a run", RUN, { title: "t" }, "title", "displayName"],
    ["a metric of a batch", BATCH, { metrics: [{ key: "a", val: 1 }] }, "metrics[0].val", "value"],
    [
      "scoring",
      "POST /endpoints/e/n/score",
      { input_data: { input_text: [] } },
      "input_data.input_text",
      "input_string",
    ],
    ["a list of keys", `POST ${ML}/onlineEndpoints/e/listKeys`, { which: 1 }, "which", ""],
  ])("refuse unsupported members of %s, and name what is supported", (_what, route, body, path, known) => {
    const [method = "", url = ""] = route.split(" ");
    const found = unknownMember(body, shapeOf(method, url));
    expect(found?.path).toBe(path);
    if (known) expect(found?.known).toContain(known);
  });

  it.each([
    ["a job's tags", JOB, job({ ...step, tags: { any: "x" } }, { tags: { any: "x" } })],
    ["a step's environment", JOB, job({ ...step, environment_variables: { ANY: "x" } })],
    [
      "a model's parameters",
      "POST /endpoints/e/n/score",
      { input_data: { parameters: { any: 1 } }, params: { any: 1 } },
    ],
    ["a run's properties", RUN, { properties: { any: "x" } }],
  ])("do not restrict %s", (_what, route, body) => {
    const [method = "", url = ""] = route.split(" ");
    expect(unknownMember(body, shapeOf(method, url))).toBeUndefined();
  });
});

describe("shapes of bodies", () => {
  const shape = { list: members("a"), map: { "*": members("b") }, free: "any" } as const;
  it.each([
    [{ list: [{ a: 1 }, { c: 1 }] }, "list[1].c"],
    [{ map: { x: { b: 1 }, y: { c: 1 } } }, "map.y.c"],
    [{ free: { anything: { at: "all" } } }, undefined],
    [{ constructor: {} }, "constructor"],
    [null, undefined],
  ])("find members they do not allow: %j", (value, found) => {
    expect(unknownMember(value, shape)?.path).toBe(found);
  });

  it("combine to what any of them allows", () => {
    const joined = anyOf({ a: members("x"), b: "any" }, { a: members("y"), b: {} });
    expect(unknownMember({ a: { x: 1, y: 1 }, b: { z: 1 } }, joined)).toBeUndefined();
    expect(unknownMember({ a: { z: 1 } }, joined)?.known).toEqual(["x", "y"]);
  });
});
