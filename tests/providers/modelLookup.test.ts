import { openStage, type Stage, changes, unknown } from "./support/stage";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
  stage.azure.models = [
    { version: "15", tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" } },
    { version: "5", tags: {} },
  ];
});

// Also checks that nothing private was ever sent or printed.
afterAll(() => stage.close());

describe("a foundation model", () => {
  const question = { registry: "azureml", name: "Phi-3-mini-4k-instruct", version: "latest" };

  test("is resolved in check, so that preview shows it", async () => {
    const { inputs } = await stage.host.check("modelLookup", {}, question);
    expect(inputs).toMatchObject({
      resolvedVersion: "15",
      modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
      tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" },
      modelProperties: { "finetuning-tasks": "chat-completion" },
    });
  });

  test("stays on its version when a newer one appears, and says so", async () => {
    const first = await stage.host.check("modelLookup", {}, question);
    stage.azure.models.unshift({ version: "16", tags: {} });
    const second = await stage.host.check("modelLookup", first.inputs, question);
    stage.azure.models.shift();
    expect(second.inputs.resolvedVersion).toBe("15");
    expect(stage.host.output()).toContain("version 16 is available; this stack stays on 15");
    const diff = await stage.host.diff("modelLookup", first.inputs, second.inputs);
    expect(diff.changes).toBe(changes.none);
  });

  test("lists what there is when the version does not exist, as a failure without a stack", async () => {
    const { failures } = await stage.host.check("modelLookup", {}, { ...question, version: "99" });
    expect(failures).toEqual([
      '[AssetNotFound] foundationModel: "Phi-3-mini-4k-instruct" has no version 99 in registry azureml; newest versions: 15, 5. Set one of these versions, or "latest".',
    ]);
  });

  test("waits for what is not known yet", async () => {
    const { inputs, failures } = await stage.host.check("modelLookup", {}, { ...question, name: unknown });
    expect(failures).toEqual([]);
    expect(inputs.modelId).toBe(unknown);
  });
});
