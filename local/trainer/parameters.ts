/** The registry's component, the parsing of a job's inputs and the trainer's check read this table. */
import { SCHEDULER_TYPES } from "./schedule";

/** Source: chat_completion_pipeline 0.0.82, see local/cloud/registry/componentInputs.ts. */
interface InputSpecification {
  type: "string" | "integer" | "number";
  /** As text: the service sends scalars as text. */
  default: string;
  enum?: readonly string[];
  min?: number;
}

interface Row<T> {
  pipelineInput: string;
  specification: InputSpecification;
  parse: (text: string) => T;
  /** What the trainer requires ("greater than 0"), or undefined if the value is acceptable. */
  violation: (value: T) => string | undefined;
}

interface Range {
  contains: (value: number) => boolean;
  description: string;
}

const positive: Range = { contains: (value) => value > 0, description: "greater than 0" };
const notNegative: Range = { contains: (value) => value >= 0, description: "0 or greater" };
const integer: Range = { contains: Number.isInteger, description: "a whole number" };
const positiveInteger = integerFrom(1);

function integerFrom(least: number, orOff = false): Range {
  return {
    contains: (value) => (orOff && value === -1) || (Number.isInteger(value) && value >= least),
    description: `a whole number of at least ${least}${orOff ? ", or -1" : ""}`,
  };
}

function numeric(pipelineInput: string, specification: InputSpecification, range: Range): Row<number> {
  const violation = (value: number) =>
    Number.isFinite(value) && range.contains(value) ? undefined : range.description;
  return { pipelineInput, specification, parse: Number, violation };
}

function choice<T extends string>(pipelineInput: string, defaultValue: T, values: readonly T[]): Row<T> {
  return {
    pipelineInput,
    specification: { type: "string", default: defaultValue, enum: values },
    parse: (text) => text as T,
    violation: (value) => (values.includes(value) ? undefined : `one of ${values.join(", ")}`),
  };
}

function flag(pipelineInput: string, defaultValue: "true" | "false"): Row<boolean> {
  return {
    pipelineInput,
    specification: { type: "string", default: defaultValue, enum: ["true", "false"] },
    parse: (text) => text === "true",
    violation: () => undefined,
  };
}

export const TRAINING_PARAMETERS = {
  numTrainEpochs: numeric("num_train_epochs", { type: "integer", default: "1", min: 1 }, positive),
  /** Stop after this many optimizer steps; -1: after the epochs. */
  maxSteps: numeric("max_steps", { type: "integer", default: "-1" }, integerFrom(1, true)),
  learningRate: numeric("learning_rate", { type: "number", default: "2e-05" }, positive),
  lrSchedulerType: choice("lr_scheduler_type", "linear", SCHEDULER_TYPES),
  warmupSteps: numeric("warmup_steps", { type: "integer", default: "0" }, integerFrom(0)),
  perDeviceTrainBatchSize: numeric(
    "per_device_train_batch_size",
    { type: "integer", default: "1", min: 1 },
    positiveInteger,
  ),
  perDeviceEvalBatchSize: numeric(
    "per_device_eval_batch_size",
    { type: "integer", default: "1", min: 1 },
    positiveInteger,
  ),
  gradientAccumulationSteps: numeric(
    "gradient_accumulation_steps",
    { type: "integer", default: "1" },
    positiveInteger,
  ),
  weightDecay: numeric("weight_decay", { type: "number", default: "0.0" }, notNegative),
  maxGradNorm: numeric("max_grad_norm", { type: "number", default: "1.0" }, notNegative),
  applyLora: flag("apply_lora", "false"),
  loraR: numeric("lora_r", { type: "integer", default: "8" }, positiveInteger),
  loraAlpha: numeric("lora_alpha", { type: "integer", default: "128" }, positive),
  loggingSteps: numeric("logging_steps", { type: "integer", default: "10" }, positiveInteger),
  /** Longest packed sequence in tokens; -1: the model's context length. */
  maxSeqLength: numeric("max_seq_length", { type: "integer", default: "-1" }, integerFrom(8, true)),
  seed: numeric("seed", { type: "integer", default: "42" }, integer),
};

type Table = typeof TRAINING_PARAMETERS;
export type ParameterName = keyof Table;
export type TrainingParameters = {
  [K in ParameterName]: Table[K] extends Row<infer T> ? T : never;
};

export const PARAMETER_NAMES = Object.keys(TRAINING_PARAMETERS) as ParameterName[];

/** An absent input has the component's default. */
export function parseParameters(inputs: Readonly<Record<string, string>>): TrainingParameters {
  const entries = PARAMETER_NAMES.map((name) => {
    const { pipelineInput, specification, parse } = TRAINING_PARAMETERS[name];
    return [name, parse(inputs[pipelineInput] ?? specification.default)] as const;
  });
  return Object.fromEntries(entries) as unknown as TrainingParameters;
}

/** Why the trainer does not accept the value of a parameter, or undefined if it does. */
export function parameterProblem<K extends ParameterName>(
  name: K,
  value: TrainingParameters[K],
): string | undefined {
  const { pipelineInput, violation } = TRAINING_PARAMETERS[name] as unknown as Row<TrainingParameters[K]>;
  const required = violation(value);
  const seen = typeof value === "string" ? JSON.stringify(value) : String(value);
  return required && `${pipelineInput} is ${seen}, must be ${required}`;
}

/** Every problem of the parameters, by the pipeline's names for them. */
export function parameterProblems(parameters: TrainingParameters): string[] {
  return PARAMETER_NAMES.map((name) => parameterProblem(name, parameters[name])).filter(
    (problem) => problem !== undefined,
  );
}
