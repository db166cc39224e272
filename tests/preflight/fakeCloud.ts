import { partsOf } from "../../dataset/quality/division";
import type { SplitsRequest } from "../../dataset/splitNames";
import type { PreflightCloud } from "../../preflight/cloud";

export const anna = {
  credential: "the Azure CLI",
  identity: "anna@example.org",
  tenantId: "tenant",
  objectId: "caller",
  principalType: "User",
} as const;

/** The splits of a data set: those of the notebook's, of the user's own files, or the parts of one file. */
export function splitsOf({ files, split }: Pick<SplitsRequest, "files" | "split">): string[] {
  if (split) return partsOf(split);
  return files ? Object.keys(files) : ["train_sft", "test_sft", "train_gen", "test_gen"];
}

/** Tags of the foundation model. */
export const modelTags = {
  finetune_compute_allow_list: "['Standard_NC24ads_A100_v4', 'Standard_ND96asr_v4']",
  inference_compute_allow_list: "['Standard_NC6s_v3', 'Standard_NC24ads_A100_v4']",
  model_specific_defaults: '{"num_train_epochs": 1, "save_total_limit": 1}',
};

export function size(
  name: string,
  gpus: number,
  more: { family?: string; lowPriorityCapable?: boolean } = {},
) {
  return {
    name,
    gpus,
    vCpus: 24,
    memoryGb: 220,
    family: "standardNCADSA100v4Family",
    lowPriorityCapable: true,
    supportedComputeTypes: ["AmlCompute"],
    ...more,
  };
}

/** A cloud in which preflight finds no problem. */
export function fakeCloud(changes: Partial<PreflightCloud> = {}): PreflightCloud {
  return {
    credential: async () => anna,
    subscription: async () => ({ displayName: "Research", tenantId: "tenant", state: "Enabled" }),
    provider: async () => ({ objectId: "caller", subscriptionId: "00000000-0000-0000-0000-000000000001" }),
    assignedPrincipal: async () => undefined,
    workspace: async () => ({ location: "northeurope" }),
    resource: async () => undefined,
    sizes: async () => [
      size("Standard_NC24ads_A100_v4", 1),
      size("Standard_ND96asr_v4", 8),
      size("Standard_DS3_v2", 0),
    ],
    usages: async () => [],
    deployments: async () => [],
    nameUse: async () => ({ state: "free" }),
    deletedVaults: async () => [],
    deletedWorkspaces: async () => [],
    endpointsNamed: async () => [],
    endpointAddress: async () => false,
    cluster: async () => undefined,
    model: async () => ({ version: "15", tags: modelTags, properties: {}, stage: "", isArchived: false }),
    sharedModel: async () => undefined,
    sharedVersions: async () => [],
    sharedContent: async () => undefined,
    registryRegions: async () => [],
    registryPlace: async () => undefined,
    registryLocations: async () => ["westeurope", "eastus2"],
    servedModel: async () => undefined,
    component: async () => ({ version: "0.0.82" }),
    splits: async ({ files, split }) =>
      split
        ? partsOf(split)
        : files
          ? Object.keys(files)
          : ["train_sft", "test_sft", "train_gen", "test_gen"],
    ...changes,
  };
}
