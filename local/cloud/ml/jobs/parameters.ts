import {
  PARAMETER_NAMES,
  parseParameters,
  TRAINING_PARAMETERS,
  type TrainingParameters,
} from "../../../trainer/parameters";
import type { ComponentVersion } from "../../registry/componentVersions";
import type { PipelineSpec } from "./pipelineSpec";
import { literal } from "./validateJob";

const GPU_COUNT = "number_of_gpu_to_use_finetuning";
const NODE_COUNT = "num_nodes_finetune";

export function effectiveLiterals(spec: PipelineSpec, component: ComponentVersion): Record<string, string> {
  const entries = Object.entries(component.inputs).flatMap(([name, input]): Array<[string, string]> => {
    const value = literal(spec, name) ?? input.default;
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/**
 * The real component processes batch x GPUs x nodes rows per pass. Here one worker does the same step: it
 * accumulates gradients over as many passes.
 */
export function trainingParameters(literals: Record<string, string>): TrainingParameters {
  const parameters = parseParameters(literals);
  const devices = Number(literals[GPU_COUNT] ?? 1) * Number(literals[NODE_COUNT] ?? 1);
  return { ...parameters, gradientAccumulationSteps: parameters.gradientAccumulationSteps * devices };
}

/**
 * The validation data and the number of steps before the first evaluation. With `disable` nothing is measured; with `steps`
 * a training that ends before the first evaluation measures nothing. `evaluation_steps_interval` is a fraction of an epoch's
 * steps (PyPI azureml-acft-accelerator 0.0.91, finetune.py).
 */
export function evaluationOf(
  literals: Record<string, string>,
  trainRows: number,
  validationFile: string,
): { validationFile?: string; evaluationSteps?: number } {
  const strategy = literals["evaluation_strategy"];
  if (strategy === "disable") return {};
  if (strategy !== "steps") return { validationFile };
  const interval = Number(literals["evaluation_steps_interval"]);
  if (!(interval > 0)) return { validationFile, evaluationSteps: Number(literals["eval_steps"]) };
  const accumulated = Math.max(1, Math.floor(trainRows / Number(literals["gradient_accumulation_steps"])));
  const devices = Number(literals[GPU_COUNT] ?? 1) * Number(literals[NODE_COUNT] ?? 1);
  const perEpoch = Math.max(1, Math.floor(accumulated / devices));
  return { validationFile, evaluationSteps: Math.floor(perEpoch * interval) };
}

/** Inputs the local trainer uses; every other scalar is recorded and has no effect here. */
export const HONOURED_INPUTS: readonly string[] = [
  ...PARAMETER_NAMES.map((name) => TRAINING_PARAMETERS[name].pipelineInput),
  GPU_COUNT,
  NODE_COUNT,
  "resume_from_checkpoint",
  "save_total_limit",
  "evaluation_strategy",
  "evaluation_steps_interval",
  "eval_steps",
];
