import type { PreflightCloud } from "../../preflight/cloud";
import { problemReport } from "../../azureml/problem";
import { parseConfig } from "../../config/parse";
import type { StackConfig } from "../../config/stackConfig";
import { checkPrerequisites } from "../../preflight/prerequisites";

export const identity = {
  project: "azureml-finetune",
  stack: "dev",
  subscriptionId: "00000000-0000-0000-0000-000000000001",
};

export const anna = {
  credential: "the Azure CLI",
  identity: "anna@example.org",
  tenantId: "tenant",
  objectId: "caller",
  principalType: "User",
} as const;

export const tags = {
  finetune_compute_allow_list: "['Standard_NC24ads_A100_v4', 'Standard_ND96asr_v4']",
  inference_compute_allow_list: "['Standard_NC6s_v3', 'Standard_NC24ads_A100_v4']",
  model_specific_defaults: '{"num_train_epochs": 1}',
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

/** A cloud where everything is correct. `asked` records the requests. */
export function cloud(changes: Partial<PreflightCloud> = {}): PreflightCloud & { asked: string[] } {
  const asked: string[] = [];
  const right: PreflightCloud = {
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
    model: async () => ({ version: "15", tags, properties: {}, stage: "", isArchived: false }),
    sharedModel: async () => undefined,
    sharedVersions: async () => [],
    sharedContent: async () => undefined,
    registryRegions: async () => [],
    registryPlace: async () => undefined,
    registryLocations: async () => ["westeurope", "eastus2"],
    servedModel: async () => undefined,
    component: async () => ({ version: "0.0.82" }),
    splits: async () => ["train_sft", "test_sft", "train_gen", "test_gen"],
    ...changes,
  };
  const watched = Object.fromEntries(
    Object.entries(right).map(([name, ask]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return (ask as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as PreflightCloud;
  return { ...watched, asked };
}

export function config(settings: Record<string, unknown> = {}): StackConfig {
  const values = Object.entries(settings).map(([key, value]) => [
    `azureml-finetune:${key}`,
    JSON.stringify(value),
  ]);
  const parsed = parseConfig({
    values: { "azure-native:location": "westeurope", ...Object.fromEntries(values) },
    project: identity.project,
    env: { ARM_SUBSCRIPTION_ID: identity.subscriptionId },
    readFile: () => "",
  });
  if ("problems" in parsed) throw new Error(problemReport("unexpected", parsed.problems));
  return parsed.config;
}

export async function problems(
  settings: Record<string, unknown>,
  changes?: Partial<PreflightCloud>,
): Promise<string[]> {
  const result = await checkPrerequisites(config(settings), identity, cloud(changes));
  return result.problems.map(({ property, seen, remedy }) => [property, seen, remedy ?? ""].join(" | "));
}

export async function prerequisites(
  settings: Record<string, unknown> = {},
  changes?: Partial<PreflightCloud>,
) {
  const result = await checkPrerequisites(config(settings), identity, cloud(changes));
  if (!("prerequisites" in result)) throw new Error(problemReport("unexpected", result.problems));
  return result.prerequisites;
}
