import type { ArmResource } from "../../../local/cloud/cloud";
import { plan } from "../../../local/cloud/arm/template";
import { LOCAL_SUBSCRIPTION_ID } from "../../../local/cloud/constants";

const GROUP = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/lab`;
const group: ArmResource = { id: GROUP, name: "lab", type: "group", location: "westeurope", properties: {} };
const account = (more: Record<string, unknown> = {}) => ({
  type: "Microsoft.Storage/storageAccounts",
  apiVersion: "2023-04-01",
  name: "[parameters('name')]",
  location: "[resourceGroup().location]",
  ...more,
});
const template = (more: Record<string, unknown>) => ({
  parameters: { name: { type: "string", defaultValue: "lab" } },
  resources: [account()],
  ...more,
});

describe("a template", () => {
  it("deploys what its conditions allow, each resource after those it depends on", () => {
    const id = "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]";
    const vault = {
      ...account(),
      type: "Microsoft.KeyVault/vaults",
      dependsOn: [id, "/not/in/the/template"],
    };
    const off = { ...account(), type: "Microsoft.Network/virtualNetworks", condition: "[equals('a', 'b')]" };
    const planned = plan(template({ resources: [off, vault, account()] }), {}, group);
    expect(planned.map((one) => one.id)).toEqual([
      `${GROUP}/providers/Microsoft.Storage/storageAccounts/lab`,
      `${GROUP}/providers/Microsoft.KeyVault/vaults/lab`,
    ]);
    expect(planned[0]?.body).toEqual({ location: "westeurope" });
  });

  it.each([
    ["[concat('it''s ', toLower('THIS'))]", "it's this"],
    ["[[not an expression]", "[not an expression]"],
    ["[if(and(not(empty('a')), or(equals(1, 1), false)), 'yes', json('broken'))]", "yes"],
    ["[if(empty(variables('none')), subscription().subscriptionId, 'no')]", LOCAL_SUBSCRIPTION_ID],
    ["[array('a')]", ["a"]],
    ["[resourceId('other', 'A.B/c/d', 'x', 'y')]", `${GROUP.replace(/lab$/, "other")}/providers/A.B/c/x/d/y`],
  ])("evaluates %s", (expression, value) => {
    const resources = [account({ properties: { value: expression } })];
    const [one] = plan(template({ variables: { none: "" }, resources }), {}, group);
    expect(one?.body["properties"]).toEqual({ value });
  });

  it("reads texts of flags as flags, and values without content as absent", () => {
    const properties = {
      on: "true",
      off: "false",
      none: "",
      null: "[json('null')]",
      deep: { empty: {}, list: [] },
    };
    const [one] = plan(template({ resources: [account({ properties })] }), {}, group);
    expect(one?.body["properties"]).toEqual({ on: true, off: false });
  });

  it.each([
    [{ outputs: {} }, {}, /'outputs' in the template/],
    [{ resources: [account({ copy: {} })] }, {}, /'copy' in a resource of type Microsoft.Storage/],
    [{ resources: [account({ resources: [account()] })] }, {}, /resources inside a resource of type/],
    [
      { resources: [account({ name: "[reference('x').id]" })] },
      {},
      /template function 'reference'. Supported: parameters/,
    ],
    [{ resources: [account({ name: "[constructor('x')]" })] }, {}, /template function 'constructor'/],
    [{ resources: [account({ name: "[concat('a'b)]" })] }, {}, /lacks ','/],
    [{}, { other: { value: 1 } }, /no parameter 'other'/],
    [{ parameters: { name: { type: "string" } } }, {}, /the parameter 'name' is not provided/],
    [
      { parameters: { name: { type: "string", allowedValues: ["a"] } } },
      { name: { value: "b" } },
      /'name' is "b"; allowed: a/,
    ],
    [
      { resources: [account({ dependsOn: ["[resourceId('Microsoft.Storage/storageAccounts', 'lab')]"] })] },
      {},
      /Circular dependency/,
    ],
  ])("is refused by name for what is not supported: %j", (more, given, message) => {
    expect(() => plan(template(more), given, group)).toThrow(message);
  });
});
