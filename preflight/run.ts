import * as pulumi from "@pulumi/pulumi";
import { evaluationLine } from "../azureml/evaluation";
import type { StackIdentity } from "../azureml/names";
import { parameterReport } from "../azureml/parameters";
import { pinnedOnProperty } from "../azureml/pinnedOn";
import { problemReport, type Problem } from "../azureml/problem";
import type { StackConfig } from "../config/stackConfig";
import type { TrainingSize } from "../azureml/costs";
import { budgetProblems, costLines, costPlan } from "./checks/budget";
import { checkLifecycle } from "./checks/lifecycle";
import { sizeVerdict } from "./checks/sizes";
import { azureCloud, type PreflightCloud } from "./cloud";
import { checkModelRules, type TrainingPlan } from "./modelRules";
import { type Prerequisites, checkPrerequisites } from "./prerequisites";

/**
 * Runs all checks before anything is registered, in preview and in up, and logs the credential in use.
 * @throws pulumi.RunError that lists every problem.
 */
export async function runPreflight(
  config: StackConfig,
  identity: StackIdentity,
  cloud: PreflightCloud = azureCloud(),
): Promise<Prerequisites> {
  const result = await checkPrerequisites(config, identity, cloud);
  const { warnings } = "prerequisites" in result ? result.prerequisites : result;
  for (const warning of warnings) await pulumi.log.warn(warning);
  if (!("prerequisites" in result)) throw refusal(result.problems);
  for (const note of result.prerequisites.notes) await pulumi.log.info(note);
  return result.prerequisites;
}

/**
 * Applies the rules of the pinned model version. All Azure resources take their inputs from the returned
 * plan, so nothing is registered before the rules are met. The tags are known in preview.
 */
export function applyModelRules(
  config: StackConfig,
  identity: StackIdentity,
  prerequisites: Prerequisites,
  model: {
    tags: pulumi.Output<Record<string, string>>;
    modelId: pulumi.Output<string>;
    properties: pulumi.Output<Record<string, string>>;
  },
): pulumi.Output<StackPlan> {
  return pulumi
    .all([model.tags, model.modelId, model.properties])
    .apply(([tags, modelId, properties]) =>
      planTraining(config, identity, prerequisites, { tags, modelId, properties }),
    );
}

/** All that the components take from preflight. */
type StackPlan = TrainingPlan &
  Prerequisites & { /** Nodes of a training and their price. */ training: TrainingSize };

/** The pinned base model. States of version 0.1.0 have no day of pinning in `properties`. */
interface PinnedModel {
  tags: Record<string, string>;
  modelId: string;
  properties?: Record<string, string>;
}

/**
 * Checks the model's rules and logs the training parameters with their origin.
 * @throws pulumi.RunError that lists every problem.
 */
export async function planTraining(
  config: StackConfig,
  identity: StackIdentity,
  prerequisites: Prerequisites,
  { tags, modelId, properties = {} }: PinnedModel,
): Promise<StackPlan> {
  const { cluster, modelTags } = prerequisites;
  const pinnedOn = properties[pinnedOnProperty];
  const { problems, plan } = checkModelRules(identity.project, config, cluster, tags, properties);
  const sizes = sizeVerdict(prerequisites.sizes, pinnedOn);
  // The registry may have announced the model's retirement after the stack pinned it.
  const lifecycle = checkLifecycle(identity.project, config, { ...tags, ...modelTags }, pinnedOn);
  const costs = costPlan(config, { ...prerequisites, ...plan, sizes: prerequisites.prices });
  problems.unshift(...lifecycle.problems, ...sizes.problems);
  problems.push(...budgetProblems(identity.project, config, costs));
  if (problems.length > 0) throw refusal(problems);
  for (const warning of [...lifecycle.warnings, ...sizes.warnings]) await pulumi.log.warn(warning);
  plan.notes.unshift(...lifecycle.notes);
  const strategy = plan.parameters.find(({ name }) => name === "evaluation_strategy")?.value;
  const data = evaluationLine(config.dataset, strategy);
  const lines = [
    `Base model ${modelId}`,
    ...plan.notes,
    data,
    ...costLines(config, costs),
    `Training parameters of ${plan.displayName}:`,
  ];
  await pulumi.log.info(`${lines.join("\n")}\n${parameterReport(plan.parameters)}`);
  return { ...prerequisites, ...plan, training: costs.training };
}

export function refusal(problems: readonly Problem[]): pulumi.RunError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new pulumi.RunError(problemReport(`Preflight found ${count}. Nothing was changed.`, problems));
}
