import type { WorkspaceRef } from "../azureml/clients/workspaces";
import type { VmSize } from "../azureml/clients/sizes";
import { AzureMlError, errorText } from "../azureml/errors";
import { clusterName, type StackIdentity, workspaceNames } from "../azureml/names";
import { type Problem, formatValue } from "../azureml/problem";
import { findSize, regionProblem } from "../azureml/sku";
import { nearest } from "../azureml/suggestion";
import type { ComputeTier, StackConfig } from "../config/stackConfig";
import type { ModelFacts, PreflightCloud } from "./cloud";
import { checkModelRules } from "./modelRules";
import { chooseTier } from "./tier";

/** What the checks have found out and the components build on. */
export interface Prerequisites {
  /** The region everything is in. */
  location: string;
  workspace: WorkspaceRef;
  cluster: { name: string; size: string; gpusPerNode: number; tier: ComputeTier };
  /** Lines for the person who deploys. */
  notes: string[];
}

/**
 * Everything that can be known before anything is made, asked in parallel, reading only. Rules that depend on the
 * pinned model version come later (modelRules.ts), but if something is wrong here they are applied to the version found now, so
 * that one message holds every problem.
 */
export async function checkPrerequisites(
  config: StackConfig,
  identity: StackIdentity,
  cloud: PreflightCloud,
): Promise<{ prerequisites: Prerequisites; problems: [] } | { problems: Problem[] }> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const check = checker(identity.project, problems);
  const ref = workspaceRef(config, identity);
  const dataset = checkDataset(config, identity.project, cloud, check);

  const credential = await check("credential", () => cloud.credential());
  if (credential) notes.push(`Logged in with ${credential.credential} as ${credential.identity}.`);
  // Without a credential every other question to Azure would fail for the same reason.
  const [model, location] = credential
    ? await Promise.all([checkModel(config, cloud, check, notes), checkWorkspace(config, ref, cloud, check)])
    : [undefined, undefined];
  const cluster = location
    ? await checkCluster(config, identity, ref, location, cloud, check, notes)
    : undefined;
  await dataset;

  if (problems.length === 0 && location && cluster)
    return { prerequisites: { location, workspace: ref, cluster, notes }, problems: [] };
  if (model) {
    // A size the region does not know still gets the model's opinion.
    const known = cluster ?? { size: config.compute.size, gpusPerNode: 1 };
    problems.push(...checkModelRules(identity.project, config, known, model.tags).problems);
  }
  return { problems };
}

/** The workspace by its names, whether it exists yet or not. */
export function workspaceRef(config: StackConfig, identity: StackIdentity): WorkspaceRef {
  const names = workspaceNames(identity);
  return {
    subscriptionId: identity.subscriptionId,
    resourceGroupName: config.workspace.resourceGroup ?? names.resourceGroup,
    workspaceName: config.workspace.name ?? names.workspace,
  };
}

type Check = <T>(property: string, ask: () => Promise<T>) => Promise<T | undefined>;

/** Asks; a refusal becomes a problem of the property the question was about. */
function checker(
  project: string,
  problems: Problem[],
): Check & { problem(problem: Problem): void; key(name: string): string } {
  const check: Check = async (property, ask) => {
    try {
      return await ask();
    } catch (error) {
      const remedy = (error as { remedy?: unknown }).remedy;
      const seen = error instanceof AzureMlError ? error.message : errorText(error);
      problems.push({ property, seen, ...(typeof remedy === "string" ? { remedy } : {}) });
      return undefined;
    }
  };
  return Object.assign(check, {
    problem: (problem: Problem) => void problems.push(problem),
    key: (name: string) => `${project}:${name}`,
  });
}

type Checker = ReturnType<typeof checker>;

async function checkModel(
  { foundationModel: { registry, name, version }, finetune: { component } }: StackConfig,
  cloud: PreflightCloud,
  check: Checker,
  notes: string[],
): Promise<ModelFacts | undefined> {
  const [model] = await Promise.all([
    check(check.key("foundationModel"), () => cloud.model(registry, name, version)),
    check(check.key("finetune.component"), () =>
      cloud.component(component.registry, component.name, component.version),
    ),
  ]);
  if (model?.isArchived)
    notes.push(`Model ${name} ${model.version} is archived in registry ${registry}; it still works.`);
  return model;
}

async function checkWorkspace(
  config: StackConfig,
  ref: WorkspaceRef,
  cloud: PreflightCloud,
  check: Checker,
): Promise<string | undefined> {
  if (config.workspace.mode === "create") return config.location;
  const property = check.key("workspace");
  const found = await check(property, async () => ({ workspace: await cloud.workspace(ref) }));
  if (found && !found.workspace)
    check.problem({
      property,
      seen: `there is no workspace ${formatValue(ref.workspaceName)} in resource group ${formatValue(ref.resourceGroupName)} of subscription ${ref.subscriptionId}`,
      allowed: "the names of an existing workspace",
      remedy: "Correct workspace.resourceGroup and workspace.name, or set workspace.mode: create.",
    });
  return found?.workspace?.location;
}

async function checkCluster(
  config: StackConfig,
  identity: StackIdentity,
  ref: WorkspaceRef,
  location: string,
  cloud: PreflightCloud,
  check: Checker,
  notes: string[],
): Promise<Prerequisites["cluster"] | undefined> {
  const { compute } = config;
  const adopted = compute.mode === "adopt" ? await checkAdoptedCluster(config, ref, cloud, check) : undefined;
  if (compute.mode === "adopt" && !adopted) return undefined;
  const size = adopted?.size ?? compute.size;
  const sizes = await check("azure-native:location", () => cloud.sizes(ref.subscriptionId, location));
  if (!sizes) return undefined;
  const { enabled, instanceType } = config.endpoint;
  // No refusal: the list is the clusters', and endpoints may know sizes that it does not.
  if (enabled && !findSize(instanceType, sizes))
    notes.push(
      `endpoint.instanceType ${instanceType} is not among the sizes Azure ML lists for ${location}: the deployment, which comes after the training, may be refused.`,
    );
  const wrong = regionProblem(check.key(adopted ? "compute.name" : "compute.size"), size, sizes, location);
  const facts = findSize(size, sizes);
  if (wrong || !facts) {
    if (wrong) check.problem(wrong);
    return undefined;
  }
  const tier = await tierFor(config, identity, ref, location, facts, cloud);
  return {
    name: adopted ? compute.name : clusterName(identity, compute.name, size, tier),
    // The region's spelling, so that a change of case in the configuration changes nothing.
    size: facts.name,
    gpusPerNode: facts.gpus,
    tier,
  };
}

async function checkAdoptedCluster(
  { compute }: StackConfig,
  ref: WorkspaceRef,
  cloud: PreflightCloud,
  check: Checker,
): Promise<{ size: string } | undefined> {
  const property = check.key("compute.name");
  const found = await check(property, async () => ({ cluster: await cloud.cluster(ref, compute.name) }));
  if (!found) return undefined;
  const { cluster } = found;
  if (!cluster) {
    check.problem({
      property,
      seen: `there is no cluster ${formatValue(compute.name)} in workspace ${formatValue(ref.workspaceName)}`,
      allowed: "the name of an existing cluster",
      remedy: "Correct compute.name, or set compute.mode: create.",
    });
  } else if (cluster.provisioningState.toLowerCase() === "failed") {
    check.problem({
      property,
      seen: `cluster ${formatValue(compute.name)} is in provisioning state Failed`,
      allowed: "a cluster that works",
      remedy: "Delete it in Azure ML studio, or set compute.mode: create.",
    });
    return undefined;
  }
  return cluster;
}

async function tierFor(
  { compute }: StackConfig,
  identity: StackIdentity,
  ref: WorkspaceRef,
  location: string,
  size: VmSize,
  cloud: PreflightCloud,
): Promise<ComputeTier> {
  const [only = "dedicated", ...others] = compute.tiers;
  if (compute.mode === "adopt" || others.length === 0) return only;
  const existing = new Set<ComputeTier>();
  for (const tier of compute.tiers) {
    const name = clusterName(identity, compute.name, size.name, tier);
    // In a workspace that does not exist yet there is no cluster either.
    if (await cloud.cluster(ref, name).catch(() => undefined)) existing.add(tier);
  }
  // Reading quotas is a right of its own; without it the first tier is tried.
  const usages = existing.size > 0 ? [] : await cloud.usages(ref.subscriptionId, location).catch(() => []);
  return chooseTier(compute.tiers, existing, { size, nodes: compute.maxNodes }, usages);
}

async function checkDataset(
  { dataset }: StackConfig,
  project: string,
  cloud: PreflightCloud,
  check: Checker,
): Promise<void> {
  const splits = await check(`${project}:dataset.name`, () => cloud.splits(dataset));
  if (!splits) return;
  for (const key of ["trainSplit", "testSplit", "heldOutSplit"] as const) {
    if (splits.includes(dataset[key])) continue;
    const guess = nearest(dataset[key], splits);
    check.problem({
      property: `${project}:dataset.${key}`,
      seen: `data set ${formatValue(dataset.name)} has no split ${formatValue(dataset[key])}`,
      allowed: splits.join(", "),
      remedy: guess ? `Did you mean ${guess}?` : "Set one of its splits.",
    });
  }
}
