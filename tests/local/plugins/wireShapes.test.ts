import { type Properties } from "../../../local/plugins/host/values";
import { carryChanges } from "../../../local/plugins/azureNative/diff";
import { parseId, resourceId } from "../../../local/plugins/azureNative/ids";
import { outputsAsInputs, toBody, toOutputs } from "../../../local/plugins/azureNative/shape";
import { pathParameters, resourceSpec, supportedTypes } from "../../../local/plugins/azureNative/tables";
import typeTable from "../../../local/plugins/azureNative/types.json";
import { typesFromSdk } from "../../../local/plugins/azureNative/typesFromSdk";

const spec = (name: string) => resourceSpec(`azure-native:${name}`);
const body = (name: string, inputs: Properties): Properties =>
  toBody(spec(name), inputs, [...pathParameters(spec(name)), "azureApiVersion"]);
const outputs = (name: string, response: Properties): Properties =>
  toOutputs(`${spec(name).typeKey}/out`, spec(name), response);

describe("the type table", () => {
  it("is what the installed SDK says", () => {
    expect(typeTable).toEqual(typesFromSdk());
  });

  it("has inputs and outputs for every served type", () => {
    for (const token of supportedTypes()) {
      const { typeKey } = resourceSpec(token);
      expect(Object.keys(typeTable)).toEqual(expect.arrayContaining([`${typeKey}/in`, `${typeKey}/out`]));
    }
  });
});

describe("request bodies", () => {
  const cases: Array<[what: string, type: string, inputs: Properties, expected: Properties]> = [
    [
      "flatten a workspace but keep the envelope outside",
      "machinelearningservices:Workspace",
      {
        resourceGroupName: "rg",
        workspaceName: "w",
        location: "x",
        tags: { a: "b" },
        keyVault: "kv",
        friendlyName: "f",
      },
      { location: "x", tags: { a: "b" }, properties: { keyVault: "kv", friendlyName: "f" } },
    ],
    [
      "send explicit properties as they are, without what Azure does not know",
      "machinelearningservices:Compute",
      {
        resourceGroupName: "rg",
        workspaceName: "w",
        computeName: "c",
        location: "x",
        nonsense: 1,
        properties: { computeType: "AmlCompute", properties: { vmSize: "s", colour: "red" }, other: true },
      },
      { location: "x", properties: { computeType: "AmlCompute", properties: { vmSize: "s" } } },
    ],
    [
      "rename a storage account's inputs, at the top and below",
      "storage:StorageAccount",
      {
        resourceGroupName: "rg",
        accountName: "a",
        kind: "StorageV2",
        sku: { name: "Standard_LRS" },
        enableHttpsTrafficOnly: true,
        networkRuleSet: { defaultAction: "Deny", iPRules: [], ipRules: [{ iPAddressOrRange: "1.2.3.4" }] },
      },
      {
        kind: "StorageV2",
        sku: { name: "Standard_LRS" },
        properties: {
          supportsHttpsTrafficOnly: true,
          networkAcls: { defaultAction: "Deny", ipRules: [{ value: "1.2.3.4" }] },
        },
      },
    ],
    [
      "spell Application Insights its own way",
      "applicationinsights:Component",
      {
        resourceGroupName: "rg",
        resourceName: "ai",
        kind: "web",
        applicationType: "web",
        workspaceResourceId: "/w",
      },
      { kind: "web", properties: { Application_Type: "web", WorkspaceResourceId: "/w" } },
    ],
    [
      "make a map of user-assigned identities",
      "machinelearningservices:OnlineEndpoint",
      {
        identity: { type: "UserAssigned", userAssignedIdentities: ["/id/1"] },
        properties: { authMode: "Key" },
      },
      {
        identity: { type: "UserAssigned", userAssignedIdentities: { "/id/1": {} } },
        properties: { authMode: "Key" },
      },
    ],
    [
      "put the fields of nested ARM objects under their own properties",
      "machinelearningservices:Workspace",
      { sharedPrivateLinkResources: [{ name: "n", groupId: "g" }] },
      { properties: { sharedPrivateLinkResources: [{ name: "n", properties: { groupId: "g" } }] } },
    ],
    [
      "pass a union that matches no member unchanged",
      "machinelearningservices:DataVersion",
      { properties: { dataType: "something_new", dataUri: "u", more: { x: 1 } } },
      { properties: { dataType: "something_new", dataUri: "u", more: { x: 1 } } },
    ],
  ];
  it.each(cases)("%s", (_, type, inputs, expected) => {
    expect(body(type, inputs)).toEqual(expected);
  });
});

describe("outputs", () => {
  it("flatten properties, and drop nulls and properties unknown to the SDK", () => {
    expect(
      outputs("storage:StorageAccount", {
        id: "/x",
        name: "a",
        type: "T",
        location: "l",
        surprise: 1,
        properties: {
          supportsHttpsTrafficOnly: true,
          primaryEndpoints: { blob: "https://b", mystery: "m" },
          provisioningState: "Succeeded",
          customDomain: null,
          networkAcls: { defaultAction: "Allow", ipRules: [{ value: "1.2.3.4" }] },
        },
      }),
    ).toEqual({
      name: "a",
      type: "T",
      location: "l",
      enableHttpsTrafficOnly: true,
      primaryEndpoints: { blob: "https://b" },
      provisioningState: "Succeeded",
      networkRuleSet: { defaultAction: "Allow", ipRules: [{ iPAddressOrRange: "1.2.3.4" }] },
    });
  });

  it("keep the map of identities, which becomes a list as input", () => {
    const identity = {
      type: "UserAssigned",
      userAssignedIdentities: { "/id/1": { clientId: "c", principalId: "p" } },
    };
    const read = outputs("machinelearningservices:OnlineEndpoint", { identity });
    expect(read).toEqual({ identity });
    expect(outputsAsInputs(spec("machinelearningservices:OnlineEndpoint"), read)).toEqual({
      identity: { type: "UserAssigned", userAssignedIdentities: ["/id/1"] },
    });
  });

  it("add drift to inputs, but not defaults or missing values that were never inputs", () => {
    const base = { a: 1, secret: "s", nested: { x: 1, hidden: 2 }, list: [{ p: 1, q: 9 }] };
    const old = { a: 1, dflt: "d", nested: { x: 1, z: 0 }, list: [{ p: 1 }] };
    const now = { a: 2, dflt: "d", nested: { x: 3, z: 0 }, list: [{ p: 5 }], fresh: true };
    expect(carryChanges(base, old, now)).toEqual({
      a: 2,
      secret: "s",
      nested: { x: 3, hidden: 2 },
      list: [{ p: 5, q: 9 }],
      fresh: true,
    });
    expect(carryChanges({ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  });
});

describe("ids", () => {
  it("escape segments, keep the slashes of a scope, and are parsed whatever their case", () => {
    const rg = spec("resources:ResourceGroup");
    const id = resourceId(rg, { resourceGroupName: "a (b)" }, "sub");
    expect(id).toBe("/subscriptions/sub/resourcegroups/a%20(b)");
    expect(parseId(rg, id.replace("resourcegroups", "resourceGroups"))).toEqual({
      resourceGroupName: "a (b)",
    });
    const role = spec("authorization:RoleAssignment");
    const roleId = resourceId(
      role,
      { scope: "/subscriptions/s/resourceGroups/r/", roleAssignmentName: "n" },
      "sub",
    );
    expect(roleId).toBe(
      "/subscriptions/s/resourceGroups/r/providers/Microsoft.Authorization/roleAssignments/n",
    );
    expect(parseId(role, roleId)).toEqual({
      scope: "/subscriptions/s/resourceGroups/r",
      roleAssignmentName: "n",
    });
    expect(() => resourceId(rg, {}, "sub")).toThrow(
      "expected string value for path parameter 'resourceGroupName'",
    );
    expect(() => parseId(rg, "/nothing")).toThrow("is not one of azure-native:resources:ResourceGroup");
  });
});
