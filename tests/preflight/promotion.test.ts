import * as pulumi from "@pulumi/pulumi";
import type { RegistryModelVersion } from "../../azureml/clients/registryModels";
import { azureMlError } from "../../azureml/errors";
import type { PreflightCloud } from "../../preflight/cloud";
import { type PromotionPlan, runPromotionPreflight } from "../../preflight/promotion";
import { modelTags as baseTags } from "./fakeCloud";
import { cloud, config, identity } from "./support";

const sha256 = "c".repeat(64);
const other = "d".repeat(64);
const id = "azureml://registries/shared/models/chat/versions/7";
const data = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/dev/data/${name}/versions/0123456789abcdef`;

/** A version as a training stack shares it. */
function shared(changes: Partial<RegistryModelVersion> = {}): RegistryModelVersion {
  const { tags, ...rest } = changes;
  return {
    ...{ id, registry: "shared", name: "chat", version: "7", description: "", properties: {}, stage: "" },
    ...{ isArchived: false, modelType: "mlflow_model", modelUri: "https://s/c/p", createdAt: "2026-01-01" },
    tags: {
      job: "finetune-1",
      baseModel: "azureml://registries/azureml/models/Phi-4-mini-instruct/versions/1",
      trainData: data("train"),
      validationData: data("test"),
      evalLoss: "0.9",
      commit: "abc",
      contentHash: `sha256:${sha256}`,
      ...tags,
    },
    ...rest,
  };
}

const promote = { registry: "shared", name: "chat", version: "7" };
const logged: string[] = [];

beforeEach(() => {
  logged.length = 0;
  for (const level of ["info", "warn"] as const)
    jest
      .spyOn(pulumi.log, level)
      .mockImplementation(async (...args: unknown[]) => void logged.push(String(args[0])));
});

interface Case {
  model?: object;
  endpoint?: object;
  budget?: object;
  scoring?: object;
  version?: RegistryModelVersion;
  changes?: Partial<PreflightCloud>;
  source?: { registry: string; name: string } | null;
}

async function preflight(given: Case = {}): Promise<PromotionPlan & { asked: string[] }> {
  const { endpoint = {}, budget = {}, scoring = {} } = given;
  const model = { source: "promote", promote, ...given.model };
  const settings = config({ model, endpoint, budget, scoring });
  const azure = cloud({
    sharedModel: async () => given.version ?? shared(),
    sharedVersions: async () => ["9", "8"],
    sharedContent: async () => ({ hash: `sha256:${sha256}`, files: 3, bytes: 10 }),
    registryRegions: async () => ["westeurope", "northeurope"],
    model: async () => ({ version: "1", tags: baseTags, properties: {}, stage: "", isArchived: false }),
    ...given.changes,
  });
  const { promotion } = settings;
  if (!promotion) throw new Error("no promotion");
  const source = given.source === null ? undefined : { registry: "shared", name: "chat" };
  const plan = await runPromotionPreflight(settings, identity, promotion, source, azure);
  return { ...plan, asked: azure.asked };
}

const refusal = async (given: Case): Promise<string> =>
  preflight(given).then(
    () => "accepted",
    (error: Error) => error.message,
  );

test("accepts a version with lineage, and asks for no training size, component or data", async () => {
  const plan = await preflight({ model: { promote: { ...promote, sha256 } } });
  expect(plan.model).toEqual({ ...promote, id, sha256 });
  expect(plan.asked).not.toEqual(expect.arrayContaining(["component"]));
  expect(plan.asked).not.toEqual(expect.arrayContaining(["splits"]));
  expect(plan.asked).not.toEqual(expect.arrayContaining(["cluster"]));
  expect(logged.join("\n")).toContain(`Promotes ${id}: job finetune-1, base model azureml://registries/`);
  expect(logged.join("\n")).not.toContain("cluster:");
});

test.each<[string, Case, RegExp]>([
  [
    "a version that does not exist",
    { changes: { sharedModel: async () => undefined } },
    /model\.promote\.version: model "chat" of registry "shared" has no version "7"\n.*newest: 9, 8/,
  ],
  [
    "a model that does not exist",
    { changes: { sharedModel: async () => undefined, sharedVersions: async () => [] } },
    /model\.promote\.name: registry "shared" has no model "chat"/,
  ],
  [
    "a registry that does not exist",
    {
      changes: {
        sharedModel: () =>
          Promise.reject(azureMlError("RegistryNotFound", { registry: "shared", detail: "404" })),
      },
    },
    /model\.promote\.registry: there is no registry "shared"\n.*\n.*platform stack/,
  ],
  ["an archived version", { version: shared({ isArchived: true }) }, /promote\.version: chat:7 is archived/],
  ["a model without MLflow format", { version: shared({ modelType: "custom_model" }) }, /type custom_model/],
  [
    "a version without lineage",
    { version: shared({ tags: { job: "", commit: "" } }) },
    /does not say where it comes from; missing tags: job \(the training job\), commit/,
  ],
  [
    "another content than the tested one",
    { model: { promote: { ...promote, sha256: other } } },
    new RegExp(`model\\.promote\\.sha256: chat:7 has the content hash ${sha256}\\n\\s+allowed: ${other}`),
  ],
  [
    "files that are not those of the tag",
    { changes: { sharedContent: async () => ({ hash: `sha256:${other}`, files: 3, bytes: 10 }) } },
    new RegExp(`promote\\.version: the files of chat:7 have the content hash ${other}, its tag says`),
  ],
  [
    "a registry of other regions",
    { changes: { registryRegions: async () => ["East US"] } },
    /azure-native:location: the workspace is in westeurope, and registry "shared" does not cover it/,
  ],
  [
    "a higher loss than the gate's",
    { model: { gate: { maxEvalLoss: 0.8 } } },
    /maxEvalLoss: evalLoss .* is 0\.9/,
  ],
  [
    "a metric that is not recorded",
    { model: { gate: { minRougeL: 0.1 } } },
    /gate\.minRougeL: chat:7 records no rougeL: the tag is missing/,
  ],
  [
    "a size that the base model does not allow",
    { endpoint: { instanceType: "Standard_ND96asr_v4" } },
    /endpoint\.instanceType: "Standard_ND96asr_v4"/,
  ],
  [
    "a stack that has shared nothing",
    { model: { promote: { stack: "dev", version: "7" } }, source: null },
    /stack dev has neither/,
  ],
  [
    "costs above the budget",
    { budget: { maxHourlyCost: 1, prices: { Standard_NC24ads_A100_v4: 4 } } },
    /budget\.maxHourlyCost: an hour could cost .*: new deployment 1 .*present deployment 1/,
  ],
  [
    "a question file that does not exist",
    { scoring: { questionFile: "no/such.json" } },
    /questionFile: .*\(ENOENT\)/,
  ],
  [
    "a question file that asks nothing",
    { scoring: { questionFile: "package.json" } },
    /no conversation with a que/,
  ],
])("refuses %s", async (_name, given, expected) => {
  expect(await refusal(given)).toMatch(expected);
});

test("reports every problem at once", async () => {
  const version = shared({ isArchived: true, tags: { commit: "" } });
  expect(await refusal({ version, model: { gate: { maxEvalLoss: 0.1 } } })).toContain(
    "Preflight found 3 problems",
  );
});

describe("the model that serves", () => {
  const served = (tags: Record<string, string>) => ({
    model: { gate: { notWorseThanServing: true } },
    changes: {
      servedModel: async () => ({ deployment: "demo-6", name: "chat", version: "6", tags }),
    },
  });

  test("sets a limit if its loss was measured on the same data", async () => {
    const tags = { job: "finetune-0", evalLoss: "0.7", validationData: data("test") };
    expect(await refusal(served(tags))).toMatch(
      /notWorseThanServing: evalLoss of chat:7 is 0\.9\n.*0\.7, that of chat:6/,
    );
    expect(await refusal(served({ ...tags, evalLoss: "0.9" }))).toBe("accepted");
  });

  test("sets none otherwise, and a note says why", async () => {
    await preflight(served({ job: "finetune-0", evalLoss: "0.7", validationData: data("others") }));
    expect(logged.join("\n")).toContain("notWorseThanServing is not applied: the eval_loss of chat:6");
  });
});

describe("a version that serves already", () => {
  const promoted = { promotedBy: "Anna", promotedCommit: "123" };
  const deployments = async () => [
    {
      ...{ name: "demo-7", instanceType: "Standard_NC24ads_A100_v4", instances: 1, model: id },
      tags: { ...promoted, contentHash: `sha256:${sha256}`, team: "x" },
    },
  ];

  test("keeps the tags that say who promoted it", async () => {
    const { deploymentTags } = await preflight({ changes: { deployments } });
    expect(deploymentTags).toEqual({ ...promoted, contentHash: `sha256:${sha256}` });
  });

  test("may have been archived since: a warning", async () => {
    await preflight({ version: shared({ isArchived: true }), changes: { deployments } });
    expect(logged.join("\n")).toContain("chat:7 was archived in its registry. It serves now");
  });

  test("does not need the registry", async () => {
    const down = azureMlError("NotReachable", { what: "registry", host: "h", detail: "no answer" });
    const sharedModel = () => Promise.reject(down);
    const { model } = await preflight({ changes: { deployments, sharedModel } });
    expect(model).toEqual({ ...promote, id, sha256 });
    expect(await refusal({ changes: { sharedModel } })).toContain("model.promote.registry: [NotReachable]");
  });
});

test("a new deployment says who promotes it, from which commit and run", async () => {
  const { GITHUB_ACTIONS, GITHUB_SHA, GITHUB_RUN_ID, GITHUB_ACTOR } = process.env;
  Object.assign(process.env, {
    ...{ GITHUB_ACTIONS: "true", GITHUB_SHA: "456", GITHUB_RUN_ID: "42", GITHUB_ACTOR: "boris" },
    ...{ GITHUB_SERVER_URL: "", GITHUB_TRIGGERING_ACTOR: "" },
  });
  try {
    expect((await preflight()).deploymentTags).toEqual({
      ...{ promotedBy: "boris", promotedCommit: "456", promotedRun: "42" },
      contentHash: `sha256:${sha256}`,
    });
  } finally {
    Object.assign(process.env, { GITHUB_ACTIONS, GITHUB_SHA, GITHUB_RUN_ID, GITHUB_ACTOR });
    if (GITHUB_ACTIONS === undefined) delete process.env.GITHUB_ACTIONS;
  }
});

test("files whose hash the storage does not have are noted, and the tag counts", async () => {
  await preflight({ changes: { sharedContent: async () => undefined } });
  expect(logged.join("\n")).toContain("The storage has no hash of some files of chat:7");
});
