import {
  apiVersions,
  armDelete,
  armGet,
  armList,
  armPost,
  armPut,
  type ArmResource,
} from "../../azureml/clients/arm";
import { endpointBody } from "../../azureml/clients/onlineEndpoints";
import tracked from "../../local/plugins/azureNative/resources.json";
import { fakeCloud, type Reply } from "./support";

const call = { path: "/subscriptions/s/thing", apiVersion: "2024-10-01", what: 'thing "t"' };
const quick = { "retry-after-ms": "1" };
const operation = "https://arm.test/operations/1?api-version=1";
const resource = (provisioningState: string): object => ({
  id: "/t",
  name: "t",
  properties: { provisioningState },
});

test("PUT polls Azure-AsyncOperation and returns the resource as it is at the end", async () => {
  const { session, sent } = fakeCloud((request, index) => {
    if (request.method === "PUT") {
      return {
        status: 201,
        body: resource("Creating"),
        headers: { ...quick, "azure-asyncoperation": operation, location: "https://arm.test/results/1" },
      };
    }
    if (request.url.includes("/operations/")) {
      return { status: 200, body: { status: index < 3 ? "InProgress" : "Succeeded" }, headers: quick };
    }
    return { status: 200, body: resource("Succeeded") };
  });
  const done = await armPut(session, call, { properties: {} });
  expect(done.properties.provisioningState).toBe("Succeeded");
  expect(sent.map((request) => request.method)).toEqual(["PUT", "GET", "GET", "GET", "GET"]);
});

test("PUT sends no further request if the resource is ready", async () => {
  const { session, sent } = fakeCloud(() => ({ status: 200, body: resource("Succeeded") }));
  await armPut(session, call, {});
  expect(sent).toHaveLength(1);
});

test("PUT without an operation header polls the resource's provisioningState", async () => {
  const states = ["Creating", "Creating", "Succeeded", "Succeeded"];
  const { session } = fakeCloud((_, index) => ({
    status: 200,
    body: resource(states[index] ?? "Succeeded"),
    headers: quick,
  }));
  expect((await armPut(session, call, {})).properties.provisioningState).toBe("Succeeded");
});

test("a failed operation reports code, message and details", async () => {
  const { session } = fakeCloud((request) =>
    request.method === "PUT"
      ? { status: 201, body: resource("Creating"), headers: { ...quick, "azure-asyncoperation": operation } }
      : {
          status: 200,
          body: {
            status: "Failed",
            error: { code: "ResourceNotReady", message: "probe", details: [{ message: "502" }] },
          },
        },
  );
  await expect(armPut(session, call, {})).rejects.toThrow(
    '[OperationFailed] thing "t": the operation ended as Failed (ResourceNotReady: probe — 502).',
  );
});

test("a timed-out operation reports the limit and the last status", async () => {
  const { session } = fakeCloud(() => ({
    status: 200,
    body: resource("Updating"),
    headers: quick,
  }));
  await expect(armPut(session, call, {}, { timeoutMinutes: 0.0005 })).rejects.toThrow(
    '[OperationTimeout] thing "t": not finished after 0.0005 minutes; last status: Updating',
  );
});

test("does not send the token to an operation URL on another host", async () => {
  const { session, sent } = fakeCloud(() => ({
    status: 202,
    body: resource("Creating"),
    headers: { ...quick, "azure-asyncoperation": "https://elsewhere.test/operations/1" },
  }));
  await expect(armPut(session, call, {})).rejects.toThrow("[UnexpectedResponse]");
  expect(sent).toHaveLength(1);
});

test.each<[string, Reply, boolean]>([
  ["gone already", { status: 404, body: {} }, false],
  ["not there", { status: 204 }, false],
  ["deleted", { status: 200 }, true],
])("DELETE of a resource that is %s succeeds", async (_what, reply, was) => {
  const { session } = fakeCloud(() => reply);
  expect(await armDelete(session, call)).toBe(was);
});

test("DELETE and POST poll Location while it returns 202", async () => {
  const reply = (_: unknown, index: number): Reply =>
    index < 2
      ? { status: 202, headers: { ...quick, location: "https://arm.test/results/1" } }
      : { status: 200, body: { value: 1 } };
  expect(await armDelete(fakeCloud(reply).session, call)).toBe(true);
  expect(await armPost(fakeCloud(reply).session, call)).toEqual({ value: 1 });
});

test("reads all pages of a list and returns undefined for a missing resource", async () => {
  const { session } = fakeCloud((_, index) =>
    index === 0
      ? { status: 200, body: { value: [1], nextLink: "https://arm.test/next" } }
      : { status: 200, body: { value: [2], nextLink: null } },
  );
  expect(await armList(session, call)).toEqual([1, 2]);
  expect(await armGet(fakeCloud(() => ({ status: 404 })).session, call)).toBeUndefined();
});

test("endpoints are written in the version in which azure-native tracks them", () => {
  const { apiVersion } = tracked["azure-native:machinelearningservices:OnlineEndpoint"];
  expect(apiVersions.machineLearning).toBe(apiVersion);
});

test("the body of an endpoint keeps unknown members and omits those that only the service sets", () => {
  const raw: ArmResource = {
    id: "/e",
    name: "e",
    location: "westeurope",
    kind: "Managed",
    sku: { name: "Default" },
    systemData: { createdBy: "me" },
    ...{ extendedLocation: { name: "later" } },
    identity: {
      type: "UserAssigned",
      principalId: "p",
      userAssignedIdentities: { "/id": { principalId: "p", clientId: "c" } },
    },
    properties: {
      authMode: "Key",
      scoringUri: "u",
      swaggerUri: "u",
      provisioningState: "Succeeded",
      keys: null,
      addedLater: { a: 1 },
      mirrorTraffic: {},
      traffic: { a: 1 },
    },
  };
  expect(endpointBody(raw, { traffic: { demo: 100 } })).toEqual({
    location: "westeurope",
    tags: {},
    kind: "Managed",
    sku: { name: "Default" },
    extendedLocation: { name: "later" },
    identity: { type: "UserAssigned", userAssignedIdentities: { "/id": {} } },
    properties: { authMode: "Key", addedLater: { a: 1 }, mirrorTraffic: {}, traffic: { demo: 100 } },
  });
});
