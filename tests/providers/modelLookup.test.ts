import { openFixture, type Fixture, changes, unknown } from "./support/fixture";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  fixture.azure.models = [
    { version: "15", tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" } },
    { version: "5", tags: {} },
  ];
});

// Also checks that no secret and no machine path was sent or printed.
afterAll(() => fixture.close());

describe("a model look-up", () => {
  const question = { registry: "azureml", name: "Phi-3-mini-4k-instruct", version: "latest" };

  test("is resolved in check, so a preview shows the result", async () => {
    const { inputs } = await fixture.host.check("modelLookup", {}, question);
    expect(inputs).toMatchObject({
      resolvedVersion: "15",
      modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
      tags: { finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']" },
      modelProperties: { "finetuning-tasks": "chat-completion" },
    });
  });

  test("keeps its version when a newer one appears, and reports the newer one", async () => {
    const first = await fixture.host.check("modelLookup", {}, question);
    fixture.azure.models.unshift({ version: "16", tags: {} });
    const second = await fixture.host.check("modelLookup", first.inputs, question);
    fixture.azure.models.shift();
    expect(second.inputs.resolvedVersion).toBe("15");
    expect(fixture.host.output()).toContain("version 16 is available; this stack stays on 15");
    const diff = await fixture.host.diff("modelLookup", first.inputs, second.inputs);
    expect(diff.changes).toBe(changes.none);
  });

  test("lists the newest versions when the version does not exist, without a stack trace", async () => {
    const { failures } = await fixture.host.check("modelLookup", {}, { ...question, version: "99" });
    expect(failures).toEqual([
      '[AssetNotFound] foundationModel: "Phi-3-mini-4k-instruct" has no version 99 in registry azureml; newest versions: 15, 5. Set one of these versions, or "latest".',
    ]);
  });

  test("returns unknown outputs for unknown inputs", async () => {
    const { inputs, failures } = await fixture.host.check("modelLookup", {}, { ...question, name: unknown });
    expect(failures).toEqual([]);
    expect(inputs.modelId).toBe(unknown);
  });
});
