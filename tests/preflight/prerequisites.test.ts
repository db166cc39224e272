import { RequestFailure } from "../../azureml/http/failure";
import { DatasetError } from "../../dataset/errors";
import type { PreflightCloud } from "../../preflight/cloud";
import { azureMlError } from "../../azureml/errors";
import { checkPrerequisites } from "../../preflight/prerequisites";
import { cloud, config, identity, prerequisites, problems } from "./support";
import { modelTags } from "./fakeCloud";

test("returns all facts if nothing is wrong", async () => {
  expect(await prerequisites()).toEqual({
    endpointName: expect.stringMatching(/^ultrachat-completion-/) as string,
    reuse: { purgeWorkspace: false, recoverVault: false },
    location: "westeurope",
    prices: [],
    workspace: {
      subscriptionId: identity.subscriptionId,
      resourceGroupName: expect.stringMatching(/^rg-azureml-finetune-dev-/) as string,
      workspaceName: expect.stringMatching(/^mlw-azureml-finetune-dev-/) as string,
    },
    cluster: {
      name: expect.stringMatching(/^gpu-cluster-s[0-9a-f]{6}$/) as string,
      size: "Standard_NC24ads_A100_v4",
      gpusPerNode: 1,
      tier: "dedicated",
    },
    notes: [
      "Logged in with the Azure CLI as user anna@example.org (object id caller), tenant tenant, subscription Research (00000000-0000-0000-0000-000000000001).",
    ],
    principalType: "User",
    warnings: [],
    sizes: [],
    deployments: [],
    identities: {},
    modelTags,
  });
});

describe("while the registry and the hub are down", () => {
  const down = () =>
    Promise.reject(azureMlError("NotReachable", { what: "registry", host: "r", detail: "ECONNREFUSED" }));
  const hub = (code: "HubUnreachable" | "HubRefused" | "AccessDenied" | "DatasetNotFound") => () =>
    Promise.reject(new DatasetError(code, `hub: ${code}`, "Do this."));

  test("reports the missing answers as warnings", async () => {
    const { warnings } = await prerequisites(
      {},
      { model: down, component: down, splits: hub("HubUnreachable") },
    );
    expect(warnings.map((text) => text.split(" could not be checked")[0]).sort()).toEqual([
      "azureml-finetune:dataset.name",
      "azureml-finetune:finetune.component",
      "azureml-finetune:foundationModel",
    ]);
  });

  test.each(["AccessDenied", "DatasetNotFound"] as const)(
    "the hub's answer %s stays a problem",
    async (code) => {
      expect(await problems({}, { splits: hub(code) })).toEqual([
        `azureml-finetune:dataset.name | hub: ${code} | Do this.`,
      ]);
    },
  );

  test("a missing answer about Azure's own resources stays a problem", async () => {
    expect(await problems({}, { sizes: down })).toHaveLength(1);
  });
});

test("looks up the GPUs of a size and uses the region's spelling", async () => {
  const { cluster } = await prerequisites({ compute: { size: "STANDARD_ND96ASR_V4" } });
  expect(cluster).toMatchObject({ size: "Standard_ND96asr_v4", gpusPerNode: 8 });
});

test("without a credential only the hub is queried", async () => {
  const asking = cloud({
    credential: () =>
      Promise.reject(azureMlError("NoCredential", { method: "az", scope: "arm", detail: "", next: "" })),
    splits: async () => ["train_sft"],
  });
  const result = await checkPrerequisites(config(), identity, asking);
  expect(asking.asked.sort()).toEqual(["credential", "splits"]);
  expect(result.problems.map(({ property }) => property).sort()).toEqual([
    "azureml-finetune:dataset.heldOutSplit",
    "azureml-finetune:dataset.testSplit",
    "credential",
  ]);
});

test.each<[string, Record<string, unknown>, Partial<PreflightCloud>, RegExp]>([
  [
    "an unknown size",
    { compute: { size: "Standard_NC24ads_A100_v5" } },
    {},
    /compute\.size \| "Standard_NC24ads_A100_v5" is not offered in westeurope \| Did you mean Standard_NC24ads_A100_v4\?/,
  ],
  [
    "a size without GPU",
    { compute: { size: "Standard_DS3_v2" } },
    {},
    /compute\.size \| "Standard_DS3_v2" has no GPU/,
  ],
  [
    "a misspelled split",
    { dataset: { trainSplit: "train_sfd" } },
    {},
    /dataset\.trainSplit \| .* no split "train_sfd" \| Did you mean train_sft\?/,
  ],
  [
    "a data set that does not exist",
    {},
    {
      splits: () =>
        Promise.reject(Object.assign(new Error("the hub has no data set"), { remedy: "Check it." })),
    },
    /azureml-finetune:dataset\.name \| the hub has no data set \| Check it\./,
  ],
  [
    "a model that does not exist",
    {},
    { model: () => Promise.reject(azureMlError("RegistryNotFound", { registry: "x", detail: "404" })) },
    /azureml-finetune:foundationModel\.registry \| \[RegistryNotFound\] registry: registry "x" does not exist/,
  ],
  [
    "a component that does not exist",
    {},
    { component: () => Promise.reject(new Error("no component")) },
    /finetune\.component \| no component/,
  ],
  [
    "a registry of the component that does not exist",
    {},
    { component: () => Promise.reject(azureMlError("RegistryNotFound", { registry: "x", detail: "404" })) },
    /azureml-finetune:finetune\.component\.registry \| .*registry "x" does not exist/,
  ],
  [
    "a subset that does not exist",
    { dataset: { subset: "x" } },
    { splits: () => Promise.reject(new DatasetError("SubsetNotFound", "no subset", "Set another.")) },
    /azureml-finetune:dataset\.subset \| no subset \| Set another\./,
  ],
  [
    "a revision that does not exist",
    { dataset: { revision: "x" } },
    { splits: () => Promise.reject(new DatasetError("RevisionNotFound", "no revision", "Set another.")) },
    /azureml-finetune:dataset\.revision \| no revision/,
  ],
  [
    "a file of the data that does not exist",
    {},
    { splits: () => Promise.reject(new DatasetError("BadFile", "no file", "Correct it.")) },
    /azureml-finetune:dataset\.files \| no file/,
  ],
  [
    "a subscription without access to its resources",
    {},
    {
      sizes: () =>
        Promise.reject(
          new RequestFailure("Unauthorized", "denied", 403, "AuthorizationFailed", "no access", "r1"),
        ),
    },
    /azure-native:subscriptionId \| denied/,
  ],
  [
    "a misspelled extra parameter",
    { finetune: { extraParameters: { lora_alfa: 3 } } },
    { component: async () => ({ version: "0.0.82", inputs: {} }) },
    /finetune\.extraParameters\.lora_alfa \| .* Did you mean lora_alpha\?/,
  ],
  [
    "a request file that is a directory",
    { scoring: { requestFile: "tests" } },
    {},
    /scoring\.requestFile \| "tests" is a directory/,
  ],
  [
    "a region that does not exist",
    {},
    { sizes: () => Promise.reject(new Error("NoRegisteredProviderFound")) },
    /azure-native:location \| NoRegisteredProviderFound/,
  ],
  [
    "an adopted workspace that does not exist",
    { workspace: { mode: "adopt", resourceGroup: "rg", name: "nowhere" } },
    { workspace: async () => undefined },
    /azureml-finetune:workspace \| there is no workspace "nowhere" in resource group "rg"/,
  ],
  [
    "an adopted cluster that does not exist",
    {
      workspace: { mode: "adopt", resourceGroup: "rg", name: "ws1" },
      compute: { mode: "adopt", name: "gpus" },
    },
    {},
    /compute\.name \| there is no cluster "gpus"/,
  ],
  [
    "an adopted cluster that has failed",
    {
      workspace: { mode: "adopt", resourceGroup: "rg", name: "ws1" },
      compute: { mode: "adopt", name: "gpus" },
    },
    {
      cluster: async () => ({
        size: "Standard_ND96asr_v4",
        provisioningState: "Failed",
        maxNodes: 1,
        currentNodes: 0,
        lowPriority: false,
      }),
    },
    /provisioning state Failed/,
  ],
])("%s is the only problem", async (_, settings, changes, expected) => {
  const found = await problems(settings, changes);
  // A size outside the region is also outside the model's list: both are reported.
  expect(found.filter((line) => !/allow_list/.test(line))).toEqual([expect.stringMatching(expected)]);
});

test("takes the region from an adopted workspace and the size from an adopted cluster", async () => {
  const settings = {
    workspace: { mode: "adopt", resourceGroup: "rg", name: "ws1" },
    compute: { mode: "adopt", name: "gpus" },
  };
  const found = await prerequisites(settings, {
    cluster: async () => ({
      size: "STANDARD_ND96ASR_V4",
      provisioningState: "Succeeded",
      maxNodes: 2,
      currentNodes: 0,
      lowPriority: false,
    }),
  });
  expect(found).toMatchObject({
    location: "northeurope",
    workspace: { resourceGroupName: "rg", workspaceName: "ws1" },
    cluster: { name: "gpus", size: "Standard_ND96asr_v4", gpusPerNode: 8 },
  });
});

test("reports all problems at once, including the model's rules", async () => {
  const found = await problems(
    {
      compute: { size: "Standard_NC6" },
      endpoint: { instanceType: "Standard_NC4as_T4_v3" },
      dataset: { testSplit: "nope" },
    },
    {},
  );
  expect(found.map((line) => line.split(" | ").slice(0, 2).join(": ")).sort()).toEqual([
    'azureml-finetune:compute.size: "Standard_NC6" is not in the model\'s finetune_compute_allow_list',
    'azureml-finetune:compute.size: Azure retired "Standard_NC6" (NC) on 2023-09-06',
    'azureml-finetune:dataset.testSplit: data set "HuggingFaceH4/ultrachat_200k" has no split "nope"',
    'azureml-finetune:endpoint.instanceType: "Standard_NC4as_T4_v3" is not among the sizes Azure ML lists for westeurope',
    'azureml-finetune:endpoint.instanceType: "Standard_NC4as_T4_v3" is not in the model\'s inference_compute_allow_list',
  ]);
});

test("notes an archived model", async () => {
  const { notes } = await prerequisites(
    {},
    { model: async () => ({ version: "15", tags: modelTags, properties: {}, stage: "", isArchived: true }) },
  );
  expect(notes.join()).toMatch(/15 is archived in registry azureml; it can still be used/);
});

describe("two tiers", () => {
  const both = { compute: { tier: ["dedicated", "lowPriority"] }, endpoint: { enabled: false } };
  const row = { id: "", type: "", current: 0, unit: "Count" };
  const dedicated = { ...row, name: "standardNCADSA100v4Family", displayName: "" };
  const low = { ...row, name: "x", displayName: "Total Cluster Low-priority vCPUs" };

  test.each<[string, { current?: number; limit: number }, { limit: number }, string]>([
    ["the first suffices", { limit: 24 }, { limit: 24 }, "dedicated"],
    ["the first is used up", { current: 1, limit: 24 }, { limit: 24 }, "lowPriority"],
  ])("with quotas of which %s", async (_, first, second, tier) => {
    const usages = async () => [
      { ...dedicated, ...first },
      { ...low, ...second },
    ];
    expect((await prerequisites(both, { usages })).cluster.tier).toBe(tier);
  });

  test("refuses the first tier if no quota suffices", async () => {
    const usages = async () => [
      { ...dedicated, limit: 0 },
      { ...low, limit: 0 },
    ];
    expect(await problems(both, { usages })).toEqual([
      expect.stringMatching(/compute\.size \| 1 node of .* needs 24 dedicated vCPUs\. The quota for .* is 0/),
    ]);
  });

  test("keeps the tier of an existing cluster, whatever the quotas are", async () => {
    const other = (await prerequisites({ compute: { tier: "lowPriority" } })).cluster.name;
    const found = await prerequisites(both, {
      cluster: async (_, name) =>
        name === other
          ? { size: "x", provisioningState: "Succeeded", maxNodes: 1, currentNodes: 0, lowPriority: false }
          : undefined,
    });
    expect(found.cluster).toMatchObject({ tier: "lowPriority", name: other });
  });

  test("ignores quotas that may not be read", async () => {
    const found = await prerequisites(both, { usages: () => Promise.reject(new Error("403")) });
    expect(found.cluster.tier).toBe("dedicated");
  });
});
