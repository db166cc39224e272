import type { WorkspaceRef } from "../azureml/clients/workspaces";
import type { DeploymentFacts } from "../azureml/clients/onlineEndpoints";
import { type StackIdentity, workspaceNames } from "../azureml/names";
import type { RegionPrice } from "../azureml/prices";
import type { Problem } from "../azureml/problem";
import type { StackConfig } from "../config/stackConfig";
import { budgetProblems, costPlan } from "./checks/budget";
import { checkCluster, type ClusterFacts } from "./checks/cluster";
import { type CheckContext, ProblemCollector, type SizeFinding } from "./checks/context";
import { checkDataset } from "./checks/dataset";
import { chooseEndpointName } from "./checks/endpointName";
import { checkExistingResources, type IdentitiesFound } from "./checks/existingResources";
import { checkIdentity } from "./checks/identity";
import { checkLifecycle } from "./checks/lifecycle";
import { checkModel } from "./checks/model";
import { checkNames } from "./checks/names";
import { type NameReuse, nothingToReuse } from "./checks/softDeleted";
import { checkQuota } from "./checks/quota";
import { checkRequestFile } from "./checks/requestFile";
import { checkShareTo } from "./checks/shareTo";
import { checkWorkspace } from "./checks/workspace";
import type { ModelFacts, PreflightCloud } from "./cloud";
import { checkModelRules } from "./modelRules";

/** Facts found by the checks. The components build on them. */
export interface Prerequisites {
  /** Region of all resources. */
  location: string;
  workspace: WorkspaceRef;
  cluster: ClusterFacts;
  /** Name of the endpoint, if the stack has one. */
  endpointName: string;
  /** Type of the principal that deploys. Absent if its token does not say. */
  principalType?: "User" | "ServicePrincipal";
  /** Notes for the person who deploys. */
  notes: string[];
  /** What needs attention but does not stop the deployment, and checks that were not possible while a registry is down. */
  warnings: string[];
  /** Sizes to refuse, unless the stack is older than their retirement. */
  sizes: SizeFinding[];
  /** The endpoint's deployments in Azure. Empty if there is no endpoint, or it is disabled. */
  deployments: DeploymentFacts[];
  /** The region's own prices, as far as it reports them. */
  prices: readonly RegionPrice[];
  /** What an update does with names that deleted resources of the stack reserve. */
  reuse: NameReuse;
  /** Existing user-assigned identities that the stack uses. */
  identities: IdentitiesFound;
  /** The base model's tags in the registry now. Undefined while the registry is down. */
  modelTags?: Record<string, string>;
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
): Promise<{ prerequisites: Prerequisites; problems: [] } | { problems: Problem[]; warnings: string[] }> {
  const report = new ProblemCollector(identity.project);
  const context: CheckContext = { config, identity, cloud, report, notes: [], sizes: [], endpointName: "" };
  const ref = workspaceRef(config, identity);
  const [, azure] = await Promise.all([checkDataset(context), checkAzure(context, ref), checkFiles(context)]);
  const { problems, warnings } = report;
  const { notes, sizes } = context;
  const { model, location, cluster, principalType } = azure;
  if (problems.length === 0 && location && cluster) {
    const principal = principalType && { principalType };
    return {
      prerequisites: {
        ...{ location, workspace: ref, cluster, ...principal, notes, warnings, sizes },
        deployments: azure.deployments ?? [],
        prices: azure.prices ?? [],
        reuse: azure.reuse ?? nothingToReuse,
        identities: azure.identities ?? {},
        ...(model ? { modelTags: model.tags } : {}),
        endpointName: context.endpointName,
      },
      problems: [],
    };
  }
  problems.push(...sizes.map(({ problem }) => problem));
  if (model) {
    // The allow list applies even if the region does not offer the size.
    const size = cluster ?? { size: config.compute.size, gpusPerNode: 1 };
    const { project } = identity;
    const today = new Date().toISOString().slice(0, 10);
    problems.push(...checkLifecycle(project, config, model.tags, today).problems);
    const rules = checkModelRules(project, config, size, model.tags, model.properties);
    problems.push(...rules.problems);
    if (cluster && location) {
      const { deployments = [], prices = [] } = azure;
      const { parameters } = rules.plan;
      const costs = costPlan(config, { cluster, parameters, location, sizes: prices, deployments });
      problems.push(...budgetProblems(project, config, costs));
    }
  }
  return { problems, warnings };
}

/** Files that a later step writes. */
export async function checkFiles({ config: { endpoint, scoring }, report }: CheckContext): Promise<void> {
  if (!endpoint.enabled) return;
  const property = report.key("scoring.requestFile");
  const problem = await checkRequestFile(property, scoring.requestFile, process.cwd());
  if (problem) report.add(problem);
}

/** Names of the workspace, whether it exists yet or not. */
export function workspaceRef(config: StackConfig, identity: StackIdentity): WorkspaceRef {
  const names = workspaceNames(identity);
  return {
    subscriptionId: identity.subscriptionId,
    resourceGroupName: config.workspace.resourceGroup ?? names.resourceGroup,
    workspaceName: config.workspace.name ?? names.workspace,
  };
}

interface AzureFacts extends Pick<Prerequisites, "principalType"> {
  model?: ModelFacts;
  location?: string;
  cluster?: ClusterFacts;
  deployments?: DeploymentFacts[];
  prices?: readonly RegionPrice[];
  reuse?: NameReuse;
  identities?: IdentitiesFound;
}

async function checkAzure(context: CheckContext, ref: WorkspaceRef): Promise<AzureFacts> {
  // Without identity and subscription all other requests to Azure would fail for the same reason.
  const login = await checkIdentity(context, ref);
  if (!login) return {};
  context.endpointName = await chooseEndpointName(context, ref);
  const [model, region] = await Promise.all([
    checkModel(context),
    checkRegion(context, ref),
    checkShareTo(context),
  ]);
  return { model, ...region, principalType: login.principalType };
}

async function checkRegion(context: CheckContext, ref: WorkspaceRef): Promise<AzureFacts> {
  const location = await checkWorkspace(context, ref);
  if (!location) return {};
  const { enabled } = context.config.endpoint;
  const endpoint = context.endpointName;
  const [cluster, deployments, reuse, sizes, identities] = await Promise.all([
    checkCluster(context, ref, location).then(async (found) => {
      await checkQuota(context, ref, location, found);
      return found;
    }),
    // Without the permission to read, or without the workspace, there is no deployment to continue.
    enabled ? context.cloud.deployments(ref, endpoint).catch(() => []) : [],
    checkNames(context, ref, location),
    // The check of the cluster reads this list too, and reports its failure.
    context.cloud.sizes(ref.subscriptionId, location).catch(() => []),
    checkExistingResources(context, ref, location),
  ]);
  return { location, cluster, deployments, reuse, identities, prices: sizes.flatMap(pricesOf) };
}

const pricesOf = ({ name, prices }: RegionPrice): RegionPrice[] => (prices ? [{ name, prices }] : []);
