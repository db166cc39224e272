import { pipelineDisplayName } from "../azureml/displayName";
import {
  modelSpecificDefaults,
  parameterText,
  pipelineInputs,
  type ResolvedParameter,
  resolveParameters,
} from "../azureml/parameters";
import type { Problem } from "../azureml/problem";
import { PythonLiteralError } from "../azureml/pythonLiteral";
import { allowList, finetuneSizeProblem, inferenceSizeProblem, offeredSizes } from "../azureml/sku";
import { configuredParameters } from "../config/finetune";
import type { StackConfig } from "../config/stackConfig";
import { evaluationProblems } from "./checks/evaluation";

/** Size of the cluster, as far as the earlier checks found it. */
interface ClusterSize {
  size: string;
  gpusPerNode: number;
}

/** What configuration and model tags together determine. */
export interface TrainingPlan {
  parameters: ResolvedParameter[];
  displayName: string;
  /** VM size of the endpoint's instances. */
  instanceType: string;
  /** Notes for the person who deploys. They do not stop the deployment. */
  notes: string[];
}

/**
 * Checks the rules that depend on the base model's tags (allow lists) and resolves the training parameters.
 * @param project prefix of the properties in messages.
 */
export function checkModelRules(
  project: string,
  config: StackConfig,
  cluster: ClusterSize,
  tags: Readonly<Record<string, string>>,
  properties: Readonly<Record<string, string>> = {},
): { problems: Problem[]; plan: TrainingPlan } {
  const { foundationModel, compute, endpoint, finetune } = config;
  const notes: string[] = [];
  const training = allowList(tags, "finetune");
  const serving = allowList(tags, "inference");
  for (const list of [training, serving])
    if (list.unreadable) notes.push(`The model's tag ${list.tag} is ignored: ${list.unreadable}.`);
  if (!training.sizes)
    notes.push(
      `The model has no finetune_compute_allow_list; any GPU size that Azure offers is accepted.${recommended(properties, "finetune")}`,
    );
  const property = `${project}:compute.${compute.mode === "adopt" ? "name" : "size"}`;
  const problems = [finetuneSizeProblem(property, cluster.size, training)];
  if (endpoint.enabled) {
    if (!serving.sizes)
      notes.push(
        `The model has no inference_compute_allow_list; any instance type that Azure offers is accepted.${recommended(properties, "inference")}`,
      );
    problems.push(
      inferenceSizeProblem(
        `${project}:endpoint.instanceType`,
        endpoint.instanceType,
        serving,
        endpoint.allowUnlistedInstanceType,
      ),
    );
  }
  let modelDefaults = new Map<string, string>();
  try {
    modelDefaults = modelSpecificDefaults(tags["model_specific_defaults"]);
  } catch (error) {
    if (!(error instanceof PythonLiteralError)) throw error;
    notes.push(`The model's tag model_specific_defaults is ignored: ${error.message}.`);
  }
  const extra = Object.fromEntries(
    Object.entries(finetune.extraParameters).map(([name, value]) => [name, parameterText(value)]),
  );
  const parameters = resolveParameters(configuredParameters(finetune), modelDefaults, extra);
  problems.push(...evaluationProblems(project, config, parameters, cluster.gpusPerNode));
  return {
    problems: problems.filter((problem) => problem !== undefined),
    plan: {
      parameters,
      displayName: pipelineDisplayName(
        foundationModel.name,
        config.dataset.name,
        pipelineInputs(parameters),
        cluster.gpusPerNode,
      ),
      instanceType: endpoint.instanceType,
      notes,
    },
  };
}

/** The sizes that a model's properties recommend, as a sentence. Empty if there are none. */
function recommended(properties: Readonly<Record<string, string>>, use: "finetune" | "inference"): string {
  const sizes = offeredSizes(properties[`${use}-recommended-sku`]?.split(/[\s,]+/).filter(Boolean) ?? []);
  return sizes.length > 0 ? ` It recommends ${sizes.join(", ")}.` : "";
}
