import * as pulumi from "@pulumi/pulumi";
import { contentTagNames } from "../azureml/contentHash";
import { deploymentNameFor, type StackIdentity } from "../azureml/names";
import type { DeploymentFacts } from "../azureml/clients/onlineEndpoints";
import type { WorkspaceRef } from "../azureml/clients/workspaces";
import { type RegionPrice } from "../azureml/prices";
import { promotedTagNames, provenanceTags, readProvenance } from "../azureml/provenance";
import { pickTags } from "../azureml/recordedTags";
import type { PromotionConfig, StackConfig } from "../config/stackConfig";
import { budgetProblems, costLines, servingPlan } from "./checks/budget";
import { type CheckContext, ProblemCollector } from "./checks/context";
import { chooseEndpointName } from "./checks/endpointName";
import { checkExistingResources, type IdentitiesFound } from "./checks/existingResources";
import { checkIdentity } from "./checks/identity";
import { checkNames } from "./checks/names";
import { checkPromotedModel, type ModelSource, type VerifiedModel } from "./checks/promotedModel";
import { checkQuestionFile } from "./checks/questionFile";
import { checkQuota } from "./checks/quota";
import { checkEndpointSize } from "./checks/sizes";
import { type NameReuse, nothingToReuse } from "./checks/softDeleted";
import { checkWorkspace } from "./checks/workspace";
import { azureCloud, type PreflightCloud } from "./cloud";
import { checkFiles, workspaceRef } from "./prerequisites";
import { refusal } from "./run";

/** What the components of a promoting stack take from preflight. */
export interface PromotionPlan {
  location: string;
  workspace: WorkspaceRef;
  endpointName: string;
  principalType?: "User" | "ServicePrincipal";
  reuse: NameReuse;
  /** Existing user-assigned identities that the stack uses. */
  identities: IdentitiesFound;
  /** VM size of the endpoint's instances. */
  instanceType: string;
  /** The endpoint's deployments in Azure. */
  deployments: DeploymentFacts[];
  model: VerifiedModel;
  /** Tags of the deployment: content hash, and who promoted it from which commit and run. */
  deploymentTags: Record<string, string>;
}

/**
 * All checks of a promoting stack, in preview and in up, before anything is registered. They only read.
 * @param source where the model is; undefined if the stack that `model.promote.stack` names has shared none.
 * @throws pulumi.RunError that lists every problem.
 */
export async function runPromotionPreflight(
  config: StackConfig,
  identity: StackIdentity,
  promotion: PromotionConfig,
  source: ModelSource | undefined,
  cloud: PreflightCloud = azureCloud(),
): Promise<PromotionPlan> {
  const report = new ProblemCollector(identity.project);
  const context: CheckContext = { config, identity, cloud, report, notes: [], sizes: [], endpointName: "" };
  const [plan] = await Promise.all([
    checkAzure(context, promotion, source),
    checkFiles(context),
    checkQuestionFile(context),
  ]);
  const { warnings, problems } = report;
  for (const warning of warnings) await pulumi.log.warn(warning);
  if (problems.length > 0 || !plan) throw refusal(problems);
  const { location, deployments, prices } = plan;
  const costs = costLines(config, servingPlan(config, { location, deployments, sizes: prices }));
  for (const note of context.notes) await pulumi.log.info(note);
  await pulumi.log.info(costs.join("\n"));
  return plan;
}

async function checkAzure(
  context: CheckContext,
  promotion: PromotionConfig,
  source: ModelSource | undefined,
): Promise<(PromotionPlan & { prices: RegionPrice[] }) | undefined> {
  const { config, cloud, report, identity } = context;
  const { endpoint } = config;
  const ref = workspaceRef(config, identity);
  const login = await checkIdentity(context, ref);
  if (!login) return undefined;
  context.endpointName = await chooseEndpointName(context, ref);
  const { endpointName } = context;
  const location = await checkWorkspace(context, ref);
  if (!source) reportNothingShared(context, promotion);
  if (!location) return undefined;
  // Without the permission to read, or without the workspace, there is no deployment to continue.
  const deployments = endpoint.enabled ? await cloud.deployments(ref, endpointName).catch(() => []) : [];
  const [model, sizes, reuse, identities] = await Promise.all([
    source && checkPromotedModel(context, { promotion, source, ref, location, deployments }),
    report.attempt("azure-native:location", () => cloud.sizes(ref.subscriptionId, location)),
    checkNames(context, ref, location),
    checkExistingResources(context, ref, location),
    checkQuota(context, ref, location, undefined),
  ]);
  const prices = (sizes ?? []).flatMap(({ name, prices: known }) => (known ? [{ name, prices: known }] : []));
  if (sizes) {
    const finding = await checkEndpointSize(context, ref, location, sizes);
    if (finding) report.add(finding.problem);
    const costs = servingPlan(config, { location, deployments, sizes: prices });
    for (const problem of budgetProblems(identity.project, config, costs)) report.add(problem);
  }
  if (!model) return undefined;
  return {
    ...{ location, workspace: ref, endpointName, reuse: reuse ?? nothingToReuse, deployments, prices, model },
    ...(login.principalType ? { principalType: login.principalType } : {}),
    identities,
    instanceType: endpoint.instanceType,
    deploymentTags: deploymentTags(config, model, deployments),
  };
}

function reportNothingShared({ report }: CheckContext, { from }: PromotionConfig): void {
  report.add({
    property: report.key("model.promote.stack"),
    seen: `stack ${"stack" in from ? from.stack : ""} has neither the output sharedModel nor promotedModel`,
    allowed: "a deployed stack that shares its model to a registry, or that promotes one",
    // concept-online-deployment-model-specification and how-to-share-models-pipelines-across-workspaces-with-registries
    // (MicrosoftDocs/azure-ai-docs) describe these two; no source describes a model of another workspace.
    remedy:
      "Set model.shareTo in it and deploy it. Azure ML deploys a model of the endpoint's own workspace or of a registry, so a model that is only in another workspace cannot be promoted.",
  });
}

/**
 * Who promoted is written when the deployment is created and stays: the next run has another commit, and must change nothing. The
 * deployment in Azure is the record.
 */
function deploymentTags(
  { endpoint }: StackConfig,
  { version, sha256 }: VerifiedModel,
  deployments: readonly DeploymentFacts[],
): Record<string, string> {
  const { deploymentPrefix, instanceType } = endpoint;
  const name = deploymentNameFor(deploymentPrefix, version, instanceType, deployments);
  const live = deployments.find((one) => one.name === name);
  return {
    [contentTagNames.hash]: `sha256:${sha256}`,
    ...(live
      ? pickTags(live.tags ?? {}, Object.values(promotedTagNames))
      : provenanceTags(readProvenance(process.env), promotedTagNames)),
  };
}
