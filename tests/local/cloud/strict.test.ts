import * as fs from "node:fs";
import * as path from "node:path";
import { localCloudDocument } from "../../../scripts/lib/localCloudDocument";
import { lastRequests } from "../../../local/cloud/requestLog";
import { anyOf, members } from "../../../local/cloud/strict/declaration";
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

/** One resource of each type, in an order in which they can be made. */
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
  [
    `${PROVIDERS}/Microsoft.ContainerRegistry/registries/strictregistry`,
    { ...LOCATION, sku: { name: "Basic" } },
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

describe("the strict local cloud", () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ parts: [registerMlParts, registerHub] });
    await cloud.call("PUT", GROUP, LOCATION);
  });
  afterAll(() => cloud.dispose());

  it("knows everything it has answered itself: a GET's body can be PUT again", async () => {
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
      /Known: maxNodeCount, minNodeCount, nodeIdleTimeBeforeScaleDown\. /,
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
      /Known: .*tags/,
      () => cloud.call("PUT", GROUP, { ...LOCATION, labels: {} }),
    ],
    [
      "a query parameter",
      "UnknownQueryParameter",
      "filter",
      /Known: api-version, .*listViewType/,
      () => cloud.call("GET", `${WORKSPACE}/jobs?filter=x`),
    ],
    [
      "a header",
      "UnknownHeader",
      "x-ms-force",
      /Known: x-ms-client-request-id/,
      () => cloud.call("GET", GROUP, undefined, { "x-ms-force": "1" }),
    ],
    [
      "a body where none is wanted",
      "UnknownProperty",
      "why",
      /Known: none/,
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
    "refuses %s that it does not know, naming it and what is known",
    async (_what, code, target, says, send) => {
      const { status, body } = await send();
      expect([status, body.error.code, body.error.target]).toEqual([400, code, target]);
      expect(body.error.message).toMatch(says);
      expect(body.error.message).toContain(target);
    },
  );

  it("answers in the shape of the service that was asked", async () => {
    const mlflow = await cloud.call("GET", `/mlflow/v2.0${WORKSPACE}/api/2.0/mlflow/runs/get?run=1`);
    expect([mlflow.status, mlflow.body.error_code]).toEqual([400, "UnknownQueryParameter"]);
  });

  it("lets it pass and notes it when started loose", async () => {
    const loose = await startTestCloud({ loose: true });
    expect((await loose.call("PUT", `${GROUP}?why=1`, { ...LOCATION, labels: {} })).status).toBe(201);
    await loose.close();
    expect(lastRequests(loose.home, 1)).toMatchObject([
      { unknown: "UnknownQueryParameter: why", status: 201 },
    ]);
    await loose.dispose();
  });

  it("has every route declare what it takes", () => {
    const silent = cloud.app.declaredRoutes.filter(
      ({ takes, url }) => !takes && url !== "*" && !url.endsWith("mlflow/*"),
    );
    expect(silent.map(({ method, url }) => `${method} ${url}`)).toEqual([]);
  });

  it("is documented route by route: docs/local-cloud.md is what the routes say (npm run docs writes it)", () => {
    const written = fs.readFileSync(path.join(__dirname, "../../../docs/local-cloud.md"), "utf8");
    expect(written).toBe(localCloudDocument(cloud.app.declaredRoutes));
  });

  it("writes every request down with its correlation id and the error's code, also one that was cut off", async () => {
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

describe("shapes of bodies", () => {
  const shape = { list: members("a"), map: { "*": members("b") }, free: "any" } as const;
  it.each([
    [{ list: [{ a: 1 }, { c: 1 }] }, "list[1].c"],
    [{ map: { x: { b: 1 }, y: { c: 1 } } }, "map.y.c"],
    [{ free: { anything: { at: "all" } } }, undefined],
    [{ constructor: {} }, "constructor"],
    [null, undefined],
  ])("find what does not belong: %j", (value, found) => {
    expect(unknownMember(value, shape)?.path).toBe(found);
  });

  it("join to what any of them allows", () => {
    const joined = anyOf({ a: members("x"), b: "any" }, { a: members("y"), b: {} });
    expect(unknownMember({ a: { x: 1, y: 1 }, b: { z: 1 } }, joined)).toBeUndefined();
    expect(unknownMember({ a: { z: 1 } }, joined)?.known).toEqual(["x", "y"]);
  });
});
