import type { TrainingParameters } from "../../../trainer/contract";
import type { ComponentVersion } from "../../registry/componentVersions";
import { literal } from "./validateJob";
import type { PipelineSpec } from "./pipelineSpec";

/** Scalar inputs as they apply: what the job gives, else the component's default. */
export function effectiveLiterals(spec: PipelineSpec, component: ComponentVersion): Record<string, string> {
  const entries = Object.entries(component.inputs).flatMap(([name, input]): Array<[string, string]> => {
    const value = literal(spec, name) ?? input.default;
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/**
 * Maps the pipeline's inputs to what the trainer honours. Several GPUs and nodes are data parallel in the real
 * component (batch x GPUs x nodes rows per pass); here one worker does the same step by accumulating gradients over as
 * many passes, so that the number of optimizer steps is that of the real run.
 */
export function trainingParameters(literals: Record<string, string>): TrainingParameters {
  const number = (name: string, fallback: number): number => {
    const text = literals[name];
    return text === undefined ? fallback : Number(text);
  };
  const devices = number("number_of_gpu_to_use_finetuning", 1) * number("num_nodes_finetune", 1);
  return {
    numTrainEpochs: number("num_train_epochs", 1),
    maxSteps: number("max_steps", -1),
    learningRate: number("learning_rate", 2e-5),
    lrSchedulerType: (literals["lr_scheduler_type"] ?? "linear") as TrainingParameters["lrSchedulerType"],
    warmupSteps: number("warmup_steps", 0),
    perDeviceTrainBatchSize: number("per_device_train_batch_size", 1),
    perDeviceEvalBatchSize: number("per_device_eval_batch_size", 1),
    gradientAccumulationSteps: number("gradient_accumulation_steps", 1) * devices,
    weightDecay: number("weight_decay", 0),
    maxGradNorm: number("max_grad_norm", 1),
    applyLora: literals["apply_lora"] === "true",
    loraR: number("lora_r", 8),
    loraAlpha: number("lora_alpha", 128),
    loggingSteps: number("logging_steps", 10),
    maxSeqLength: number("max_seq_length", -1),
    seed: number("seed", 42),
  };
}

/** Inputs the local trainer takes over; every other scalar is recorded and has no effect here. */
export const HONOURED_INPUTS: readonly string[] = [
  "num_train_epochs",
  "max_steps",
  "learning_rate",
  "lr_scheduler_type",
  "warmup_steps",
  "per_device_train_batch_size",
  "per_device_eval_batch_size",
  "gradient_accumulation_steps",
  "number_of_gpu_to_use_finetuning",
  "num_nodes_finetune",
  "weight_decay",
  "max_grad_norm",
  "apply_lora",
  "lora_r",
  "lora_alpha",
  "logging_steps",
  "max_seq_length",
  "seed",
];
