import * as pulumi from "@pulumi/pulumi";
import type { Prerequisites } from "../../preflight/prerequisites";
import { checkModelRules } from "../../preflight/modelRules";
import { planTraining } from "../../preflight/run";
import { config } from "./support";

const identity = { project: "azureml-finetune", stack: "dev", subscriptionId: "s" };
const cluster = {
  name: "gpus",
  size: "Standard_NC24ads_A100_v4",
  gpusPerNode: 1,
  tier: "dedicated" as const,
};
const prerequisites: Prerequisites = {
  location: "westeurope",
  workspace: { subscriptionId: "s", resourceGroupName: "rg", workspaceName: "ws" },
  cluster,
  endpointName: "endpoint",
  notes: [],
  warnings: [],
  sizes: [],
  deployments: [],
  prices: [],
  reuse: { purgeWorkspace: false, recoverVault: false },
  identities: {},
};
const tags = {
  finetune_compute_allow_list: "['Standard_NC24ads_A100_v4']",
  inference_compute_allow_list: "['Standard_NC6s_v3', 'Standard_NC24ads_A100_v4']",
};

function rules(modelTags: Record<string, string>, settings?: Record<string, unknown>, size = cluster.size) {
  return checkModelRules(identity.project, config(settings), { ...cluster, size }, modelTags);
}

describe("the model's rules", () => {
  test("accepts sizes of the lists without a note", () => {
    const { problems, plan } = rules(tags);
    expect(problems).toEqual([]);
    expect(plan.notes).toEqual([]);
    expect(plan.instanceType).toBe("Standard_NC24ads_A100_v4");
  });

  test("reports sizes outside the lists by their settings", () => {
    const { problems } = rules(
      tags,
      { endpoint: { instanceType: "Standard_NC12s_v3" } },
      "Standard_ND96asr_v4",
    );
    expect(problems.map(({ property }) => property)).toEqual([
      "azureml-finetune:compute.size",
      "azureml-finetune:endpoint.instanceType",
    ]);
  });

  test("reports the size of an adopted cluster by the cluster's name", () => {
    const settings = {
      workspace: { mode: "adopt", resourceGroup: "rg", name: "ws1" },
      compute: { mode: "adopt", name: "gpus" },
    };
    const { problems } = rules(tags, settings, "Standard_ND96asr_v4");
    expect(problems.map(({ property }) => property)).toEqual(["azureml-finetune:compute.name"]);
  });

  test("does not check a disabled endpoint or an allowed unlisted size", () => {
    const instanceType = "Standard_NC4as_T4_v3";
    expect(rules(tags, { endpoint: { enabled: false, instanceType } }).problems).toEqual([]);
    expect(rules(tags, { endpoint: { allowUnlistedInstanceType: true, instanceType } }).problems).toEqual([]);
  });

  test("rejects a gate and early stopping for a training that measures no loss", () => {
    const gate = { maxEvalLoss: 1 };
    const { problems } = rules(tags, {
      finetune: { gate, evaluationStrategy: "disable", applyEarlyStopping: true },
    });
    expect(problems.map(({ property }) => property)).toEqual([
      "azureml-finetune:finetune.gate.maxEvalLoss",
      "azureml-finetune:finetune.applyEarlyStopping",
    ]);
    const byTag = { ...tags, model_specific_defaults: '{"evaluation_strategy": "disable"}' };
    expect(rules(byTag, { finetune: { gate } }).problems).toHaveLength(1);
    expect(rules(tags, { finetune: { gate, evaluationStrategy: "steps", maxSteps: 100 } }).problems).toEqual([
      expect.objectContaining({ seen: expect.stringContaining("after 500 optimizer steps") as string }),
    ]);
    expect(rules(tags, { finetune: { gate, evaluationStrategy: "steps" } }).problems).toEqual([]);
  });

  test("names the sizes that a model without lists recommends, without retired ones", () => {
    const properties = { "finetune-recommended-sku": "Standard_NC6s_v3, Standard_NC24ads_A100_v4" };
    const { plan } = checkModelRules(identity.project, config(), cluster, {}, properties);
    expect(plan.notes[0]).toMatch(/no finetune_compute_allow_list.*It recommends Standard_NC24ads_A100_v4\./);
    expect(plan.notes[1]).not.toMatch(/recommends/);
  });

  test("notes absent tags", () => {
    const { problems, plan } = rules({});
    expect(problems).toEqual([]);
    expect(plan.notes).toEqual([
      expect.stringMatching(/no finetune_compute_allow_list/),
      expect.stringMatching(/no inference_compute_allow_list/),
    ]);
  });

  test("notes and ignores tags that are not Python literals", () => {
    const broken = { ...tags, model_specific_defaults: "{oops}", finetune_compute_allow_list: "[" };
    const { problems, plan } = rules(broken);
    expect(problems).toEqual([]);
    expect(plan.notes.join("\n")).toMatch(/finetune_compute_allow_list is ignored: not a Python literal/);
    expect(plan.notes.join("\n")).toMatch(
      /model_specific_defaults is ignored: not a Python literal: the name oops/,
    );
  });
});

describe("the plan", () => {
  const model = { tags, modelId: "azureml://m" };

  beforeEach(() => {
    jest.spyOn(pulumi.log, "info").mockReset().mockResolvedValue();
  });

  test("refuses a model that is retired now, unless the stack pinned it before or accepts it", async () => {
    jest.spyOn(pulumi.log, "warn").mockReset().mockResolvedValue();
    const retired = { ...prerequisites, modelTags: { FinetuneRetirementDate: "2025-08-30" } };
    const pinned = (pinnedOn: string) => ({ ...model, properties: { "lookup.pinnedOn": pinnedOn } });
    const refused = planTraining(config(), identity, retired, pinned("2025-08-30"));
    await expect(refused).rejects.toThrow(
      /foundationModel\.name: Azure retired .* for fine-tuning on 2025-08-30/,
    );
    await planTraining(config(), identity, retired, pinned("2025-08-29"));
    await planTraining(config(), identity, retired, model);
    await planTraining(
      config({ foundationModel: { allowRetired: true } }),
      identity,
      retired,
      pinned("2026-01-01"),
    );
    expect(pulumi.log.warn).toHaveBeenCalledTimes(3);
  });

  test("contains the components' inputs and logs the parameters once", async () => {
    const plan = await planTraining(
      config({ finetune: { numTrainEpochs: 2 } }),
      identity,
      prerequisites,
      model,
    );
    expect(plan).toMatchObject({
      location: "westeurope",
      cluster: { name: "gpus" },
      instanceType: "Standard_NC24ads_A100_v4",
    });
    expect(pulumi.log.info).toHaveBeenCalledTimes(1);
    expect(jest.mocked(pulumi.log.info).mock.calls[0]?.[0]).toMatch(
      /^Base model azureml:\/\/m\nTraining data: all rows of train_sft train, all rows of test_sft measure eval_loss .*\nCost of machines [^]*\nTraining parameters of .*\n[^]*num_train_epochs +2 +configuration \(instead of notebook default 3\)/,
    );
  });

  test("fails with one RunError that lists every problem", async () => {
    const settings = { endpoint: { instanceType: "Standard_NC12s_v3" } };
    const wrong = { ...prerequisites, cluster: { ...cluster, size: "Standard_ND96asr_v4" } };
    const refused = planTraining(config(settings), identity, wrong, model);
    await expect(refused).rejects.toBeInstanceOf(pulumi.RunError);
    await expect(refused).rejects.toThrow(
      /Preflight found 2 problems[^]*1\. .*compute\.size[^]*2\. .*instanceType/,
    );
  });
});
