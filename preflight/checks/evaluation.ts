import { missingEvaluation } from "../../azureml/evaluation";
import { pipelineInputs, type ResolvedParameter } from "../../azureml/parameters";
import type { Problem } from "../../azureml/problem";
import { evalLossSetting } from "../../config/gate";
import type { StackConfig } from "../../config/stackConfig";

/**
 * Problems of settings that need an evaluation in a training without one. Early stopping: the fine-tuning step refuses it
 * (azureml-assets, assets/training/finetune_acft_hf_nlp/src/finetune/finetune.py, `validate_early_stop_settings`).
 */
export function evaluationProblems(
  project: string,
  { finetune }: Pick<StackConfig, "finetune">,
  resolved: readonly ResolvedParameter[],
  gpusPerNode: number,
): Problem[] {
  const parameters = pipelineInputs(resolved);
  const devices = gpusPerNode * Number(parameters.num_nodes_finetune ?? 1);
  const reason = missingEvaluation({ parameters, devices });
  if (!reason) return [];
  const problems: Problem[] = [];
  const setting = evalLossSetting(finetune.gate);
  if (setting)
    problems.push({
      property: `${project}:finetune.gate.${setting}`,
      seen: `${finetune.gate[setting]}, but ${reason}`,
      allowed: "a gate only for a training that measures eval_loss",
      remedy: "Set finetune.evaluationStrategy: epoch, or remove the gate.",
    });
  if (parameters.apply_early_stopping === "true" && parameters.evaluation_strategy === "disable")
    problems.push({
      property: `${project}:finetune.applyEarlyStopping`,
      seen: `true, but ${reason}`,
      allowed: "true only with finetune.evaluationStrategy epoch or steps",
      remedy: "Set finetune.evaluationStrategy: epoch, or remove applyEarlyStopping.",
    });
  return problems;
}
