import type { WorkspaceRef } from "../azureml/clients/workspaces";
import type { VmSize } from "../azureml/clients/sizes";
import { errorText } from "../azureml/errors";
import { clusterName, type StackIdentity, workspaceNames } from "../azureml/names";
import { type Problem, formatValue } from "../azureml/problem";
import { findSize, regionProblem } from "../azureml/sku";
import { nearest } from "../azureml/suggestion";
import type { ComputeTier, StackConfig } from "../config/stackConfig";
import type { ModelFacts, PreflightCloud } from "./cloud";
import { checkModelRules } from "./modelRules";
import { chooseTier } from "./tier";

/** Facts found by the checks. The components build on them. */
export interface Prerequisites {
  /** Region of all resources. */
  location: string;
  workspace: WorkspaceRef;
  cluster: { name: string; size: string; gpusPerNode: number; tier: ComputeTier };
  /** Notes for the person who deploys. */
  notes: string[];
}

/**
 * Checks everything that is known before resources are created. Independent requests run at the same time and only read.
 * The rules of the pinned model version run later (run.ts). If something is wrong here, they are also checked against the
 * model version found now, so that one message lists every problem.
 */
export async function checkPrerequisites(
  config: StackConfig,
  identity: StackIdentity,
  cloud: PreflightCloud,
): Promise<{ prerequisites: Prerequisites; problems: [] } | { problems: Problem[] }> {
  const report = new ProblemCollector(identity.project);
  const context: CheckContext = { config, identity, cloud, report, notes: [] };
  const ref = workspaceRef(config, identity);
  const [, azure] = await Promise.all([checkDataset(context), checkAzure(context, ref)]);
  const { problems } = report;
  const { model, location, cluster } = azure;
  if (problems.length === 0 && location && cluster)
    return { prerequisites: { location, workspace: ref, cluster, notes: context.notes }, problems: [] };
  if (model) {
    // The allow list applies even if the region does not offer the size.
    const size = cluster ?? { size: config.compute.size, gpusPerNode: 1 };
    problems.push(...checkModelRules(identity.project, config, size, model.tags).problems);
  }
  return { problems };
}

/** Names of the workspace, whether it exists yet or not. */
function workspaceRef(config: StackConfig, identity: StackIdentity): WorkspaceRef {
  const names = workspaceNames(identity);
  return {
    subscriptionId: identity.subscriptionId,
    resourceGroupName: config.workspace.resourceGroup ?? names.resourceGroup,
    workspaceName: config.workspace.name ?? names.workspace,
  };
}

/** Collects the problems of all checks. */
class ProblemCollector {
  readonly problems: Problem[] = [];

  constructor(private readonly project: string) {}

  /** Full name of a setting: `azureml-finetune:compute.size`. */
  key(name: string): string {
    return `${this.project}:${name}`;
  }

  add(problem: Problem): void {
    this.problems.push(problem);
  }

  /** Result of a request, or `undefined` if it failed. The failure becomes a problem of `property`. */
  async attempt<T>(property: string, request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      const { remedy } = error as { remedy?: unknown };
      this.add({ property, seen: errorText(error), ...(typeof remedy === "string" ? { remedy } : {}) });
      return undefined;
    }
  }
}

interface CheckContext {
  config: StackConfig;
  identity: StackIdentity;
  cloud: PreflightCloud;
  report: ProblemCollector;
  notes: string[];
}

interface AzureFacts {
  model?: ModelFacts;
  location?: string;
  cluster?: Prerequisites["cluster"];
}

async function checkAzure(context: CheckContext, ref: WorkspaceRef): Promise<AzureFacts> {
  const { cloud, report, notes } = context;
  const credential = await report.attempt("credential", () => cloud.credential());
  // Without a credential all other requests to Azure would fail for the same reason.
  if (!credential) return {};
  notes.push(`Logged in with ${credential.credential} as ${credential.identity}.`);
  const [model, region] = await Promise.all([checkModel(context), checkRegion(context, ref)]);
  return { model, ...region };
}

async function checkRegion(context: CheckContext, ref: WorkspaceRef): Promise<AzureFacts> {
  const location = await checkWorkspace(context, ref);
  return { location, cluster: location ? await checkCluster(context, ref, location) : undefined };
}

async function checkModel({ config, cloud, report, notes }: CheckContext): Promise<ModelFacts | undefined> {
  const { registry, name, version } = config.foundationModel;
  const { component } = config.finetune;
  const [model] = await Promise.all([
    report.attempt(report.key("foundationModel"), () => cloud.model(registry, name, version)),
    report.attempt(report.key("finetune.component"), () =>
      cloud.component(component.registry, component.name, component.version),
    ),
  ]);
  if (model?.isArchived)
    notes.push(`Model ${name} ${model.version} is archived in registry ${registry}; it still works.`);
  return model;
}

async function checkWorkspace(
  { config, cloud, report }: CheckContext,
  ref: WorkspaceRef,
): Promise<string | undefined> {
  if (config.workspace.mode === "create") return config.location;
  const property = report.key("workspace");
  const found = await report.attempt(property, async () => ({ workspace: await cloud.workspace(ref) }));
  if (found && !found.workspace)
    report.add({
      property,
      seen: `there is no workspace ${formatValue(ref.workspaceName)} in resource group ${formatValue(ref.resourceGroupName)} of subscription ${ref.subscriptionId}`,
      allowed: "the names of an existing workspace",
      remedy: "Correct workspace.resourceGroup and workspace.name, or set workspace.mode: create.",
    });
  return found?.workspace?.location;
}

async function checkCluster(
  context: CheckContext,
  ref: WorkspaceRef,
  location: string,
): Promise<Prerequisites["cluster"] | undefined> {
  const { config, identity, cloud, report, notes } = context;
  const { compute } = config;
  const [adopted, sizes] = await Promise.all([
    compute.mode === "adopt" ? checkAdoptedCluster(context, ref) : undefined,
    report.attempt("azure-native:location", () => cloud.sizes(ref.subscriptionId, location)),
  ]);
  if ((compute.mode === "adopt" && !adopted) || !sizes) return undefined;
  const size = adopted?.size ?? compute.size;
  const { enabled, instanceType } = config.endpoint;
  // Not a problem: the list is for clusters, and endpoints may support other sizes.
  if (enabled && !findSize(instanceType, sizes))
    notes.push(
      `endpoint.instanceType ${instanceType} is not among the sizes Azure ML lists for ${location}: the deployment after the training may fail.`,
    );
  const problem = regionProblem(report.key(adopted ? "compute.name" : "compute.size"), size, sizes, location);
  const facts = findSize(size, sizes);
  if (problem || !facts) {
    if (problem) report.add(problem);
    return undefined;
  }
  const tier = await selectTier(context, ref, location, facts);
  return {
    name: adopted ? compute.name : clusterName(identity, compute.name, size, tier),
    // The region's spelling, so that changing only the case in the configuration has no effect.
    size: facts.name,
    gpusPerNode: facts.gpus,
    tier,
  };
}

async function checkAdoptedCluster(
  { config: { compute }, cloud, report }: CheckContext,
  ref: WorkspaceRef,
): Promise<{ size: string } | undefined> {
  const property = report.key("compute.name");
  const found = await report.attempt(property, async () => ({
    cluster: await cloud.cluster(ref, compute.name),
  }));
  if (!found) return undefined;
  const { cluster } = found;
  if (!cluster) {
    report.add({
      property,
      seen: `there is no cluster ${formatValue(compute.name)} in workspace ${formatValue(ref.workspaceName)}`,
      allowed: "the name of an existing cluster",
      remedy: "Correct compute.name, or set compute.mode: create.",
    });
  } else if (cluster.provisioningState.toLowerCase() === "failed") {
    report.add({
      property,
      seen: `cluster ${formatValue(compute.name)} is in provisioning state Failed`,
      allowed: "a cluster whose provisioning state is not Failed",
      remedy: "Delete it in Azure ML studio, or set compute.mode: create.",
    });
    return undefined;
  }
  return cluster;
}

async function selectTier(
  { config: { compute }, identity, cloud }: CheckContext,
  ref: WorkspaceRef,
  location: string,
  size: VmSize,
): Promise<ComputeTier> {
  const [only = "dedicated", ...others] = compute.tiers;
  if (compute.mode === "adopt" || others.length === 0) return only;
  const exists = async (tier: ComputeTier): Promise<boolean> => {
    const name = clusterName(identity, compute.name, size.name, tier);
    // If the workspace does not exist yet, neither does the cluster.
    return (await cloud.cluster(ref, name).catch(() => undefined)) !== undefined;
  };
  const [found, usages] = await Promise.all([
    Promise.all(compute.tiers.map(exists)),
    // Reading quotas requires a permission of its own. Without it the first tier is used.
    cloud.usages(ref.subscriptionId, location).catch(() => []),
  ]);
  const existing = new Set(compute.tiers.filter((_, index) => found[index]));
  return chooseTier(compute.tiers, existing, { size, nodes: compute.maxNodes }, usages);
}

async function checkDataset({ config: { dataset }, cloud, report }: CheckContext): Promise<void> {
  const splits = await report.attempt(report.key("dataset.name"), () => cloud.splits(dataset));
  if (!splits) return;
  for (const key of ["trainSplit", "testSplit", "heldOutSplit"] as const) {
    if (splits.includes(dataset[key])) continue;
    const guess = nearest(dataset[key], splits);
    report.add({
      property: report.key(`dataset.${key}`),
      seen: `data set ${formatValue(dataset.name)} has no split ${formatValue(dataset[key])}`,
      allowed: splits.join(", "),
      remedy: guess ? `Did you mean ${guess}?` : "Set one of these splits.",
    });
  }
}
