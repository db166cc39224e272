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

/** Inputs the local trainer uses; every other scalar is recorded and has no effect here. */
export const HONOURED_INPUTS: readonly string[] = [
  ...PARAMETER_NAMES.map((name) => TRAINING_PARAMETERS[name].pipelineInput),
  GPU_COUNT,
  NODE_COUNT,
];
