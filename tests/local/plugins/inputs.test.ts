import { autonaming } from "../../../local/plugins/host/messages";
import { UNKNOWN, type Properties } from "../../../local/plugins/host/values";
import { diffInputs } from "../../../local/plugins/azureNative/diff";
import { fillName } from "../../../local/plugins/azureNative/naming";
import { resourceSpec } from "../../../local/plugins/azureNative/tables";
import { validate } from "../../../local/plugins/azureNative/validate";

const spec = (name: string) => resourceSpec(`azure-native:${name}`);
const reasons = (name: string, inputs: Properties): string[] =>
  validate(spec(name), inputs).map((f) => f.reason);

describe("checks", () => {
  const account = {
    resourceGroupName: "rg",
    location: "x",
    kind: "StorageV2",
    sku: { name: "Standard_LRS" },
  };
  const cases: Array<[what: string, type: string, inputs: Properties, expected: string[]]> = [
    ["accept a valid account", "storage:StorageAccount", { ...account, accountName: "abc" }, []],
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
      "report missing required properties, nested ones included",
      "storage:StorageAccount",
      { accountName: "abc", resourceGroupName: "rg", location: "x", kind: "StorageV2", sku: {} },
      ["missing required property 'sku.name'"],
    ],
    [
      "explain how to set a location",
      "resources:ResourceGroup",
      { resourceGroupName: "rg" },
      [
        "missing required property 'location'. Either set it explicitly or configure it with " +
          "'pulumi config set azure-native:location <value>'.",
      ],
    ],
    [
      "report wrong types",
      "storage:StorageAccount",
      { ...account, accountName: "abc", allowBlobPublicAccess: "no", tags: ["x"], networkRuleSet: 5 },
      [
        "'allowBlobPublicAccess' should be of type 'boolean' but got a string",
        "'networkRuleSet' should be of type 'object' but got a number",
        "'tags' should be of type 'object' but got an array",
      ],
    ],
    [
      "accept unknown values and unions",
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

  it("are random and marked for groups, copies for children, UUIDs for role assignments", () => {
    expect(named("resources:ResourceGroup")).toEqual({
      resourceGroupName: expect.stringMatching(/^thing[0-9a-f]{8}$/) as string,
      __createBeforeDelete: true,
    });
    expect(named("machinelearningservices:DataVersion")).toEqual({ version: "thing" });
    expect(named("authorization:RoleAssignment")["roleAssignmentName"]).toMatch(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
  });

  it("are the same for the same seed, differ for another, and are kept from the state", () => {
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

  it("are none for equal inputs, for the provider's internal names, and for spellings of a location", () => {
    expect(of(ep, endpoint, { ...endpoint, __createBeforeDelete: true }).changes).toBe("none");
    expect(of(ep, endpoint, { ...endpoint, location: "West Europe", resourceGroupName: "RG" }).changes).toBe(
      "none",
    );
  });

  it("update nested properties in place", () => {
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

  it("replace on a change of a path parameter or location, deleting first unless the name was random", () => {
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

  it("do not replace when a force-new property is added with the resource's current value", () => {
    const before = { ...endpoint };
    delete before["location"];
    expect(of(ep, before, endpoint, { location: "westeurope" }).detailed["location"]?.replace).toBe(false);
    expect(of(ep, before, endpoint, { location: "elsewhere" }).detailed["location"]?.replace).toBe(true);
  });

  it("ignore a property that is added with its default value", () => {
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
