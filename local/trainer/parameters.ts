import { TrainerError, type TrainingParameters } from "./contract";
import { SCHEDULER_TYPES } from "./schedule";

type NumberKey = {
  [K in keyof TrainingParameters]: TrainingParameters[K] extends number ? K : never;
}[keyof TrainingParameters];

interface Rule {
  isAllowed: (value: number) => boolean;
  allowed: string;
}

const positive: Rule = { isAllowed: (value) => value > 0, allowed: "a number above 0" };
const notNegative: Rule = { isAllowed: (value) => value >= 0, allowed: "0 or a number above" };
const count: Rule = {
  isAllowed: (value) => Number.isInteger(value) && value > 0,
  allowed: "a whole number above 0",
};
const countOrOff: Rule = {
  isAllowed: (value) => value === -1 || (Number.isInteger(value) && value > 0),
  allowed: "a whole number above 0, or -1",
};

const RULES: Readonly<Record<NumberKey, { fileName: string } & Rule>> = {
  numTrainEpochs: { fileName: "num_train_epochs", ...positive },
  maxSteps: { fileName: "max_steps", ...countOrOff },
  learningRate: { fileName: "learning_rate", ...positive },
  warmupSteps: {
    fileName: "warmup_steps",
    isAllowed: (value) => Number.isInteger(value) && value >= 0,
    allowed: "a whole number, 0 or above",
  },
  perDeviceTrainBatchSize: { fileName: "per_device_train_batch_size", ...count },
  perDeviceEvalBatchSize: { fileName: "per_device_eval_batch_size", ...count },
  gradientAccumulationSteps: { fileName: "gradient_accumulation_steps", ...count },
  weightDecay: { fileName: "weight_decay", ...notNegative },
  maxGradNorm: { fileName: "max_grad_norm", ...notNegative },
  loraR: { fileName: "lora_r", ...count },
  loraAlpha: { fileName: "lora_alpha", ...positive },
  loggingSteps: { fileName: "logging_steps", ...count },
  maxSeqLength: {
    fileName: "max_seq_length",
    isAllowed: (value) => value === -1 || (Number.isInteger(value) && value >= 8),
    allowed: "a whole number of at least 8, or -1 for the model's context",
  },
  seed: { fileName: "seed", isAllowed: Number.isInteger, allowed: "a whole number" },
};

/**
 * Checks what the pipeline hands over.
 * @throws TrainerError InvalidParameter that lists every parameter out of range, by the pipeline's name for it
 */
export function checkParameters(parameters: TrainingParameters): void {
  const problems = (Object.keys(RULES) as NumberKey[])
    .filter((key) => !(Number.isFinite(parameters[key]) && RULES[key].isAllowed(parameters[key])))
    .map((key) => `${RULES[key].fileName} is ${String(parameters[key])}, must be ${RULES[key].allowed}`);
  if (!SCHEDULER_TYPES.includes(parameters.lrSchedulerType)) {
    problems.push(
      `lr_scheduler_type is ${JSON.stringify(parameters.lrSchedulerType)}, must be one of ${SCHEDULER_TYPES.join(", ")}`,
    );
  }
  if (problems.length > 0) {
    throw new TrainerError("InvalidParameter", `${problems.join("; ")}.`);
  }
}
