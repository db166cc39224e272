import { config, problems, subscription } from "./support";

describe("adopting a workspace", () => {
  const file = JSON.stringify({ subscription_id: subscription, resource_group: "rg", workspace_name: "ws1" });

  test("takes the names from the configuration or from config.json", () => {
    const named = { workspace: { mode: "adopt", resourceGroup: "rg1", name: "ws1" } };
    expect(config(named, { azure: { "azure-native:location": "" } }).workspace).toEqual({
      externalTags: [],
      mode: "adopt",
      resourceGroup: "rg1",
      name: "ws1",
      generation: 1,
    });
    const fromFile = { workspace: { mode: "adopt", configFile: "config.json" } };
    expect(config(fromFile, { readFile: () => file }).workspace).toMatchObject({
      resourceGroup: "rg",
      name: "ws1",
    });
  });

  test("reports missing names", () => {
    expect(problems({ workspace: { mode: "adopt", name: "ws1" } })).toEqual([
      expect.stringMatching(/^azureml-finetune:workspace\.resourceGroup \| not set \| .*configFile/),
    ]);
  });

  test.each<[string, () => string, RegExp]>([
    [
      "does not exist",
      () => {
        throw new Error("ENOENT");
      },
      /"config.json" cannot be read/,
    ],
    ["is not JSON", () => "{", /"config.json" is not JSON/],
    ["lacks a name", () => "{}", /has no usable subscription_id, resource_group, workspace_name/],
    ["is a list", () => "[]", /has no usable the whole/],
    [
      "has another subscription",
      () => file.replace(subscription, subscription.replace(/^0/, "9")),
      /its subscription_id is 9/,
    ],
  ])("rejects a config.json that %s", (_, readFile, message) => {
    const found = problems({ workspace: { mode: "adopt", configFile: "config.json" } }, { readFile });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^azureml-finetune:workspace\.configFile/);
    expect(found[0]).toMatch(message);
  });
});
