import { parseConfig } from "../../config/parse";
import { stackFileProblems } from "../../config/stackFile";
import { config, problems, source } from "./support";

describe("training parameters", () => {
  test.each([
    ["adamBeta1", 1, "a number, at least 0, less than 1"],
    ["adamBeta2", 1, "a number, at least 0, less than 1"],
    ["adamEpsilon", 0, "a number greater than 0, at most 1"],
    ["seed", 5e9, "a whole number from 0 to 4294967295"],
    ["seed", -1, "a whole number from 0"],
    ["maxSeqLength", 0, "a whole number from -1 to 2147483647, except 0"],
    ["evalAccumulationSteps", 0, "except 0"],
    ["learningRate", 1e300, "a number greater than 0, at most 1"],
    ["learningRate", null, "a number greater than 0"],
    ["weightDecay", -0.1, "a number from 0 to 10"],
    ["loraR", 0, "a whole number from 1"],
    ["loraDropout", 1, "less than 1"],
    ["numTrainEpochs", 0, "a whole number from 1"],
    ["perDeviceTrainBatchSize", 0, "a whole number from 1"],
    ["warmupSteps", 2 ** 31, "a whole number from 0 to 2147483647"],
    ["warmupSteps", 1.5, "a whole number"],
    ["maxGradNorm", 1e39, "a number from 0 to 3.4e+38"],
    ["shmSizeFinetune", "5 gigabytes", "with the unit b, k, m or g"],
    ["shmSizeFinetune", "0g", "with the unit b, k, m or g"],
  ])("%s: %p can only fail on the cluster and is refused", (name, value, allowed) => {
    const found = problems({ finetune: { [name]: value } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`azureml-finetune:finetune.${name} | `);
    expect(found[0]).toContain(allowed);
  });

  test("the largest seed, the smallest beta and -1 for the model's limit are accepted", () => {
    const finetune = { seed: 2 ** 32 - 1, adamBeta1: 0, maxSeqLength: -1, shmSizeFinetune: "64G" };
    expect(config({ finetune }).finetune).toMatchObject(finetune);
  });
});

describe("extraParameters", () => {
  const extra = (extraParameters: object, more: object = {}) =>
    problems({ finetune: { extraParameters, ...more } });

  test("a name of the table has the limits of its setting", () => {
    expect(extra({ learning_rate: "1e300", precision: 8, apply_lora: "yes" })).toEqual([
      'azureml-finetune:finetune.extraParameters.learning_rate | "1e300" | a number greater than 0, at most 1 | Correct it, or set finetune.learningRate instead.',
      "azureml-finetune:finetune.extraParameters.precision | 8 | one of 16, 32 | Correct it, or set finetune.precision instead.",
      'azureml-finetune:finetune.extraParameters.apply_lora | "yes" | true or false | Correct it, or set finetune.applyLora instead.',
    ]);
  });

  test("both spellings of one parameter are a conflict", () => {
    expect(extra({ lora_r: 16 }, { loraR: 8 })).toEqual([
      expect.stringMatching(/extraParameters\.lora_r \| 16, and finetune\.loraR is set too \(8\)/),
    ]);
  });

  test("more nodes than the cluster has are refused under either spelling", () => {
    expect(extra({ num_nodes_finetune: 3 })).toEqual([
      expect.stringMatching(/extraParameters\.num_nodes_finetune \| 3 \| at most compute\.maxNodes \(1\)/),
    ]);
  });

  test("a very long text is refused", () => {
    expect(extra({ note: "x".repeat(1001) })[0]).toMatch(/\.note \| a text of 1001 characters/);
  });
});

describe("tags", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ["a reserved prefix", { MicrosoftTeam: "x" }, /tags\.MicrosoftTeam \| .*prefix that Azure reserves/],
    ["a forbidden character", { "a/b": "x" }, /tags\.a\/b \| the name contains "\/"/],
    [
      "a name too long for a storage account",
      { ["n".repeat(129)]: "x" },
      /a name of 129 characters \| at most 128/,
    ],
    ["an owner tag in another case", { "Pulumi-Stack": "x" }, /tags\.Pulumi-Stack \| "x" \| any other name/],
    [
      "the same name in another case",
      { Env: "a", env: "b" },
      /tags\.env \| the same name as "Env" in another case/,
    ],
    ["a long value", { a: "v".repeat(257) }, /tags\.a \| a value of 257 characters \| at most 256/],
    ["an empty name", { "": "x" }, /the name is empty/],
  ])("%s is refused", (_name, tags, message) => {
    const found = problems({ tags });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  test("the stack's own tags count towards Azure's 50", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, "x"]));
    expect(Object.keys(config({ tags: many(43) }).tags)).toHaveLength(43);
    expect(problems({ tags: many(44) })).toEqual([expect.stringMatching(/tags \| 44 tags \| at most 43/)]);
  });

  test("a long name is accepted if no storage account is created, and a number as a value", () => {
    const tags = { ["n".repeat(200)]: "x" };
    const workspace = { mode: "adopt", resourceGroup: "rg1", name: "ws1" };
    expect(config({ tags, workspace }).tags).toEqual(tags);
    expect(config({ tags: { costCenter: 12, pilot: true } }).tags).toEqual({
      costCenter: "12",
      pilot: "true",
    });
  });
});

describe("keys that nothing reads", () => {
  test.each([
    ["azureml-finetun:compute", "Did you mean azureml-finetune:compute?"],
    ["azure:location", "Did you mean azure-native:location?"],
    ["azurerm:subscription_id", "Did you mean azure-native:subscriptionId?"],
    ["finetune:learningRate", "Did you mean azureml-finetune:finetune?"],
    ["azureml-finetune:location", "Did you mean azure-native:location?"],
    ["azureml-finetune:learningRate", "Did you mean azureml-finetune:finetune.learningRate?"],
  ])("%s is refused with the key that was meant", (key, remedy) => {
    const found = problems({ [key]: "1" });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${key} | `);
    expect(found[0]).toContain(remedy);
  });

  test("a setting in the wrong section is refused with its place", () => {
    expect(problems({ compute: { instanceCount: 2 } })[0]).toMatch(/Did you mean endpoint\.instanceCount\?/);
  });

  test("the namespace of something else is a warning, and those of Pulumi and its plugins are none", () => {
    const keys = { "pulumi:tags": "{}", "command:x": "1", "mycorp:costCenter": "12" };
    const parsed = parseConfig(source(keys));
    expect(parsed).toHaveProperty("config");
    expect(parsed.warnings).toEqual([expect.stringMatching(/^mycorp:costCenter: no setting uses/)]);
  });

  test("keys at the top of the stack's file are reported with their place", () => {
    const text = [
      "secretprovider: passphrase",
      "encryptionsalt: v1:x",
      "azureml-finetune:compute:",
      "  size: x",
      '"endpoint":',
      "config:",
      "  azureml-finetune:model: {}",
    ].join("\n");
    const found = stackFileProblems("Pulumi.dev.yaml", text, "azureml-finetune");
    expect(found.map(({ property, remedy }) => `${property} | ${remedy}`)).toEqual([
      "Pulumi.dev.yaml: secretprovider | Did you mean secretsprovider?",
      "Pulumi.dev.yaml: azureml-finetune:compute | Indent it below config.",
      "Pulumi.dev.yaml: endpoint | Indent it below config, as azureml-finetune:endpoint.",
    ]);
  });
});

test.each([
  [{ foundationModel: { registry: "a/b" } }, "foundationModel.registry"],
  [{ finetune: { component: { registry: "../x" } } }, "finetune.component.registry"],
  [{ finetune: { component: { name: "chat completion" } } }, "finetune.component.name"],
  [{ foundationModel: { registry: "x".repeat(5000) } }, "foundationModel.registry"],
  [{ workspace: { generation: 9e15 } }, "workspace.generation"],
])("%j is refused, because it becomes a part of names and addresses", (settings, property) => {
  const found = problems(settings);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`azureml-finetune:${property} | `);
});

test.each([
  ["tenantId", "my tenant"],
  ["clientId", "app"],
  ["partnerId", "me"],
  ["msiEndpoint", "nowhere"],
  ["metadataHost", "http://x/y?z"],
  ["skipReadOnUpdate", "yes"],
  ["useMsi", "maybe"],
])("azure-native:%s: %p is refused by its type", (name, value) => {
  const found = problems({ [`azure-native:${name}`]: value });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`azure-native:${name} | "${value}"`);
});

test.each<[string, string | Error, RegExp]>([
  ["deep brackets", "[".repeat(200_000), /is not JSON/],
  [
    "names that are no names",
    '{"subscription_id":"x","resource_group":"../a","workspace_name":""}',
    /subscription_id, resource_group, workspace_name/,
  ],
  ["a directory", Object.assign(new Error("no"), { code: "EISDIR" }), /is a directory/],
])("a config.json with %s is refused in one line", (_name, content, message) => {
  const readFile = (): string => {
    if (typeof content !== "string") throw content;
    return content;
  };
  const found = problems({ workspace: { mode: "adopt", configFile: "c.json" } }, { readFile });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(message);
});
