import { autonaming } from "../../../local/plugins/host/messages";
import { UNKNOWN, type Properties } from "../../../local/plugins/host/values";
import { azureCloud } from "../../../local/plugins/azureNative/clouds";
import { providerConfig } from "../../../local/plugins/azureNative/config";
import { loginKind } from "../../../local/plugins/azureNative/credentials";
import { carryChanges, diffInputs } from "../../../local/plugins/azureNative/diff";
import { parseId, resourceId } from "../../../local/plugins/azureNative/ids";
import { fillName } from "../../../local/plugins/azureNative/naming";
import { outputsAsInputs, toBody, toOutputs } from "../../../local/plugins/azureNative/shape";
import { pathParameters, resourceSpec, servedTypes } from "../../../local/plugins/azureNative/tables";
import typeTable from "../../../local/plugins/azureNative/types.json";
import { typesFromSdk } from "../../../local/plugins/azureNative/typesFromSdk";
import { validate } from "../../../local/plugins/azureNative/validate";

const spec = (name: string) => resourceSpec(`azure-native:${name}`);
const reasons = (name: string, inputs: Properties): string[] =>
  validate(spec(name), inputs).map((f) => f.reason);
const body = (name: string, inputs: Properties): Properties =>
  toBody(spec(name), inputs, [
    ...pathParameters(spec(name)),
    ...(spec(name).queryInputs ?? []),
    "azureApiVersion",
  ]);
const outputs = (name: string, response: Properties): Properties =>
  toOutputs(`${spec(name).typeKey}/out`, spec(name), response);

describe("the type table", () => {
  it("is what the installed SDK says", () => {
    expect(typeTable).toEqual(typesFromSdk());
  });

  it("has inputs and outputs for every served type", () => {
    for (const token of servedTypes()) {
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
      "leave query parameters out",
      "machinelearningservices:Datastore",
      {
        name: "d",
        skipValidation: true,
        properties: { datastoreType: "AzureBlob", credentials: { credentialsType: "None" } },
      },
      { properties: { datastoreType: "AzureBlob", credentials: { credentialsType: "None" } } },
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
  it("lift flattened properties, drop nulls and what the SDK does not know", () => {
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

  it("keep the map of identities, which becomes a list again as input", () => {
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

  it("carry drift into inputs, but neither defaults nor losses that were never there", () => {
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

describe("checks", () => {
  const account = {
    resourceGroupName: "rg",
    location: "x",
    kind: "StorageV2",
    sku: { name: "Standard_LRS" },
  };
  const cases: Array<[what: string, type: string, inputs: Properties, expected: string[]]> = [
    ["accept a good account", "storage:StorageAccount", { ...account, accountName: "abc" }, []],
    [
      "measure names",
      "storage:StorageAccount",
      { ...account, accountName: "an-account-with-a-name-too-long" },
      [
        "'accountName' is too long (31): at most 24 characters allowed",
        "'accountName' does not match expression '^[a-z0-9]+$'",
      ],
    ],
    [
      "miss required properties, below the top too",
      "storage:StorageAccount",
      { accountName: "abc", resourceGroupName: "rg", location: "x", kind: "StorageV2", sku: {} },
      ["missing required property 'sku.name'"],
    ],
    [
      "say how to give a location",
      "resources:ResourceGroup",
      { resourceGroupName: "rg" },
      [
        "missing required property 'location'. Either set it explicitly or configure it with " +
          "'pulumi config set azure-native:location <value>'.",
      ],
    ],
    [
      "name wrong types",
      "storage:StorageAccount",
      { ...account, accountName: "abc", allowBlobPublicAccess: "no", tags: ["x"], networkRuleSet: 5 },
      [
        "'allowBlobPublicAccess' should be of type 'boolean' but got a string",
        "'networkRuleSet' should be of type 'object' but got a number",
        "'tags' should be of type 'object' but got an array",
      ],
    ],
    [
      "let unknown values and unions pass",
      "machinelearningservices:OnlineDeployment",
      {
        resourceGroupName: UNKNOWN,
        workspaceName: UNKNOWN,
        endpointName: UNKNOWN,
        deploymentName: "blue",
        location: "x",
        properties: { endpointComputeType: "Managed", model: 5 },
      },
      [],
    ],
  ];
  it.each(cases)("%s", (_, type, inputs, expected) => {
    expect(reasons(type, inputs)).toEqual(expected);
  });
});

describe("automatic names", () => {
  const seed = new Uint8Array(32).fill(1);
  const named = (type: string, more: object = {}, olds: Properties = {}): Properties => {
    const inputs: Properties = {};
    const request = { urn: "u", type, name: "thing", olds, news: inputs, randomSeed: seed, ...more };
    fillName(spec(type), request, inputs);
    return inputs;
  };

  it("are random with a mark for groups, copies for children, UUIDs for role assignments", () => {
    expect(named("resources:ResourceGroup")).toEqual({
      resourceGroupName: expect.stringMatching(/^thing[0-9a-f]{8}$/) as string,
      __createBeforeDelete: true,
    });
    expect(named("machinelearningservices:DataVersion")).toEqual({ version: "thing" });
    expect(named("authorization:RoleAssignment")["roleAssignmentName"]).toMatch(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
  });

  it("repeat with the same seed, differ with another, and are kept from the state", () => {
    expect(named("resources:ResourceGroup")).toEqual(named("resources:ResourceGroup"));
    expect(named("resources:ResourceGroup", { randomSeed: new Uint8Array(32).fill(2) })).not.toEqual(
      named("resources:ResourceGroup"),
    );
    expect(
      named("resources:ResourceGroup", {}, { resourceGroupName: "old", __createBeforeDelete: true }),
    ).toEqual({
      resourceGroupName: "old",
      __createBeforeDelete: true,
    });
    expect(named("resources:ResourceGroup", {}, { resourceGroupName: "old" })).toEqual({
      resourceGroupName: "old",
    });
  });

  it("follow the engine's configuration", () => {
    const disable = { autonaming: { mode: "disable", proposedName: "" } };
    const propose = { autonaming: { mode: "propose", proposedName: "mine" } };
    expect(named("resources:ResourceGroup", disable)).toEqual({});
    expect(named("machinelearningservices:DataVersion", propose)).toEqual({ version: "mine" });
    expect(named("authorization:RoleAssignment", propose)["roleAssignmentName"]).not.toBe("mine");
    expect(autonaming({ getAutonaming: () => undefined } as never)).toBeUndefined();
  });
});

describe("differences", () => {
  const endpoint: Properties = {
    resourceGroupName: "rg",
    workspaceName: "w",
    endpointName: "e",
    location: "westeurope",
    properties: { authMode: "Key", properties: { a: "1" } },
  };
  const of = (name: string, olds: Properties, news: Properties, state: Properties = {}) =>
    diffInputs(spec(name), olds, news, state);
  const ep = "machinelearningservices:OnlineEndpoint";

  it("are none for equal inputs, for names the provider keeps to itself, and for spellings of a location", () => {
    expect(of(ep, endpoint, { ...endpoint, __createBeforeDelete: true }).changes).toBe("none");
    expect(of(ep, endpoint, { ...endpoint, location: "West Europe", resourceGroupName: "RG" }).changes).toBe(
      "none",
    );
  });

  it("update nested properties in place, whatever the service will say", () => {
    const now = { ...endpoint, properties: { authMode: "AADToken", properties: { a: "1", b: "2" } } };
    expect(of(ep, endpoint, now)).toEqual({
      changes: "some",
      deleteBeforeReplace: false,
      detailed: {
        "properties.authMode": { kind: "update", replace: false },
        "properties.properties.b": { kind: "add", replace: false },
      },
    });
  });

  it("replace for path parameters and location, the old one first unless its name was random", () => {
    const moved = { ...endpoint, location: "northeurope" };
    expect(of(ep, endpoint, moved)).toMatchObject({
      deleteBeforeReplace: true,
      detailed: { location: { kind: "update", replace: true } },
    });
    expect(of(ep, { ...endpoint, __createBeforeDelete: true }, moved).deleteBeforeReplace).toBe(false);
    expect(of(ep, endpoint, { ...endpoint, workspaceName: UNKNOWN }).detailed["workspaceName"]?.replace).toBe(
      true,
    );
    expect(
      of("machinelearningservices:Workspace", { location: "a" }, { location: "b" }).detailed["location"],
    ).toEqual({
      kind: "update",
      replace: false,
    });
  });

  it("do not replace when a force-new property is added with the value the resource has", () => {
    const { location: _, ...before } = endpoint;
    expect(of(ep, before, endpoint, { location: "westeurope" }).detailed["location"]?.replace).toBe(false);
    expect(of(ep, before, endpoint, { location: "elsewhere" }).detailed["location"]?.replace).toBe(true);
  });

  it("ignore an added property that says what is the default", () => {
    const now = {
      ...endpoint,
      properties: { ...(endpoint["properties"] as Properties), publicNetworkAccess: "Enabled" },
    };
    expect(of(ep, endpoint, now).changes).toBe("none");
  });

  it("index lists", () => {
    const olds = {
      iPRules: 1,
      networkRuleSet: { ipRules: [{ iPAddressOrRange: "1" }, { iPAddressOrRange: "2" }] },
    };
    const news = { iPRules: 1, networkRuleSet: { ipRules: [{ iPAddressOrRange: "3" }] } };
    expect(of("storage:StorageAccount", olds, news).detailed).toEqual({
      "networkRuleSet.ipRules[0].iPAddressOrRange": { kind: "update", replace: false },
      "networkRuleSet.ipRules[1]": { kind: "delete", replace: false },
    });
  });
});

describe("ids", () => {
  it("escape segments, keep the slashes of a scope, and parse back whatever the case", () => {
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
      scope: "subscriptions/s/resourceGroups/r",
      roleAssignmentName: "n",
    });
    expect(() => resourceId(rg, {}, "sub")).toThrow(
      "expected string value for path parameter 'resourceGroupName'",
    );
    expect(() => parseId(rg, "/nothing")).toThrow("is not one of azure-native:resources:ResourceGroup");
  });
});

describe("configuration", () => {
  it("wins over the environment and reads only `true` as true", () => {
    const config = providerConfig(
      { tenantId: "a", useMsi: "True" },
      { ARM_TENANT_ID: "b", ARM_CLIENT_ID: "c" },
    );
    expect([config.text("tenantId"), config.text("clientId"), config.flag("useMsi")]).toEqual([
      "a",
      "c",
      false,
    ]);
  });

  it("chooses the credential in the real provider's order", () => {
    const kind = (config: Record<string, string>): string => loginKind(providerConfig(config, {}));
    const all = {
      useDefaultAzureCredential: "true",
      clientCertificatePath: "p",
      clientSecret: "s",
      useOidc: "true",
      useMsi: "true",
    };
    const order = Object.keys(all).map((_, index) =>
      kind(Object.fromEntries(Object.entries(all).slice(index))),
    );
    expect(order).toEqual([
      "the default Azure credential",
      "a client certificate",
      "a client secret",
      "OIDC",
      "a managed identity",
    ]);
    expect(kind({})).toBe("the Azure CLI");
  });

  it("knows the public clouds, takes three explicit endpoints, and names what is wrong", async () => {
    const cloud = (config: Record<string, string>) => azureCloud(providerConfig(config, {}));
    expect((await cloud({})).resourceManager).toBe("https://management.azure.com");
    expect((await cloud({ environment: "usgovernment" })).authorityHost).toBe(
      "https://login.microsoftonline.us",
    );
    expect((await cloud({ environment: "china" })).resourceManager).toBe(
      "https://management.chinacloudapi.cn",
    );
    await expect(cloud({ environment: "moon" })).rejects.toThrow("allowed: public, usgovernment, china");
    await expect(cloud({ resourceManagerEndpoint: "https://x" })).rejects.toThrow("given without");
  });
});
