/** One training parameter of the pipeline component `chat_completion_pipeline`. */
export interface ParameterSpec {
  /** Azure ML's name. */
  name: string;
  /** A `flag` is sent as the string true or false. */
  type: "integer" | "number" | "flag" | "choice" | "text";
  choices?: readonly string[];
  minimum?: number;
  /** The minimum itself is excluded. */
  above?: boolean;
  maximum?: number;
  /** The maximum itself is excluded. */
  below?: boolean;
  /** A value inside the range that is excluded. */
  except?: number;
  /** Form of a `text`, and the form in words. */
  pattern?: RegExp;
  allowed?: string;
  /** The value the notebook sets, if it sets one. */
  notebook?: string;
  /** The component's own default, used if nobody sets a value. */
  component: string;
  /** One sentence, with the unit. */
  doc: string;
}

const schedulers = [
  "linear",
  "cosine",
  "cosine_with_restarts",
  "polynomial",
  "constant",
  "constant_with_warmup",
];

/** Largest whole number of 32 bits. Larger values overflow in the libraries, or mean nothing. */
const int32 = 2 ** 31 - 1;
/** Single precision, in which the optimizer calculates. */
const float32 = 3.4e38;

/**
 * The training parameters a stack may set, by configuration name. Types, choices and component defaults are from the
 * component's specification 0.0.82; the notebook's values are from its cell "training parameters". Inputs that the
 * program sets (model, data, compute, GPUs) are excluded.
 *
 * The specification limits few values, and a wrong one fails on the cluster, some of them hours later. The other limits are
 * from the libraries of the training step:
 * - betas [0, 1), epsilon and weight decay from 0: PyTorch, torch/optim/adamw.py (`__init__`). Epsilon 0 divides 0 by 0 for weights
 *   without a gradient.
 * - learning rate: PyTorch requires only that it is not negative. AdamW moves each weight by about the learning rate in a step, so
 *   a value above 1 destroys the model. The upper limits of weight decay and rank are wide bounds of this kind.
 * - seed below 2^32: numpy.random.seed, which transformers calls (PyPI transformers 4.48.2, trainer_utils.py, `set_seed`).
 * - warmup steps from 0, logging steps from 1: transformers 4.48.2, training_args.py (`__post_init__`).
 * - evaluation accumulation steps, never 0: the trainer calculates a remainder with it (trainer.py, `evaluation_loop`).
 * - rank from 1: PyPI peft 0.14.0, tuners/lora/layer.py (`update_layer`). Dropout 1 would drop every input of the adapters.
 * - shared memory: Azure/azure-rest-api-specs, Microsoft.MachineLearningServices, `JobResourceConfiguration.shmSize`.
 */
export const parameterTable = {
  numTrainEpochs: integerParameter("num_train_epochs", "1", {
    minimum: 1,
    notebook: "3",
    doc: "Passes over the training rows.",
  }),
  maxSteps: integerParameter("max_steps", "-1", {
    minimum: -1,
    doc: "Optimizer steps; -1: as many as the epochs need.",
  }),
  perDeviceTrainBatchSize: integerParameter("per_device_train_batch_size", "1", {
    minimum: 1,
    notebook: "1",
    doc: "Rows per GPU in one training step.",
  }),
  perDeviceEvalBatchSize: integerParameter("per_device_eval_batch_size", "1", {
    minimum: 1,
    notebook: "1",
    doc: "Rows per GPU in one evaluation step.",
  }),
  gradientAccumulationSteps: integerParameter("gradient_accumulation_steps", "1", {
    minimum: 1,
    doc: "Training steps accumulated before the weights are updated.",
  }),
  learningRate: numberParameter("learning_rate", "2e-05", {
    minimum: 0,
    above: true,
    maximum: 1,
    notebook: "5e-06",
    doc: "Peak learning rate of the optimizer.",
  }),
  lrSchedulerType: choiceParameter("lr_scheduler_type", "linear", schedulers, {
    notebook: "cosine",
    doc: "How the learning rate changes over the steps.",
  }),
  warmupSteps: integerParameter("warmup_steps", "0", {
    minimum: 0,
    doc: "Steps over which the learning rate rises from 0.",
  }),
  weightDecay: numberParameter("weight_decay", "0.0", {
    minimum: 0,
    maximum: 10,
    doc: "Weight decay of the optimizer.",
  }),
  adamBeta1: numberParameter("adam_beta1", "0.9", {
    minimum: 0,
    maximum: 1,
    below: true,
    doc: "Beta 1 of AdamW (decay of the first moment).",
  }),
  adamBeta2: numberParameter("adam_beta2", "0.999", {
    minimum: 0,
    maximum: 1,
    below: true,
    doc: "Beta 2 of AdamW (decay of the second moment).",
  }),
  adamEpsilon: numberParameter("adam_epsilon", "1e-08", {
    minimum: 0,
    above: true,
    maximum: 1,
    doc: "Epsilon of AdamW.",
  }),
  maxGradNorm: numberParameter("max_grad_norm", "1.0", {
    minimum: 0,
    doc: "Gradients are clipped to this norm; 0: they are not clipped.",
  }),
  optim: choiceParameter("optim", "adamw_torch", ["adamw_torch", "adafactor"], { doc: "Optimiser." }),
  applyLora: booleanParameter("apply_lora", "false", {
    notebook: "true",
    doc: "Train low-rank adapters instead of all weights.",
  }),
  loraR: integerParameter("lora_r", "8", { minimum: 1, maximum: 8192, doc: "Rank of the adapters." }),
  loraAlpha: integerParameter("lora_alpha", "128", { minimum: 1, doc: "Scale of the adapters." }),
  loraDropout: numberParameter("lora_dropout", "0.0", {
    minimum: 0,
    maximum: 1,
    below: true,
    doc: "Dropout of the adapters.",
  }),
  mergeLoraWeights: booleanParameter("merge_lora_weights", "true", {
    doc: "Merge the adapters into the saved model.",
  }),
  applyDeepspeed: booleanParameter("apply_deepspeed", "false", {
    notebook: "true",
    doc: "Train with DeepSpeed.",
  }),
  deepspeedStage: choiceParameter("deepspeed_stage", "2", ["2", "3"], {
    notebook: "2",
    doc: "ZeRO stage of DeepSpeed.",
  }),
  applyOrt: booleanParameter("apply_ort", "false", { doc: "Train with ONNX Runtime." }),
  precision: choiceParameter("precision", "32", ["16", "32"], { doc: "Bits per number in training." }),
  maxSeqLength: integerParameter("max_seq_length", "-1", {
    minimum: -1,
    except: 0,
    doc: "Maximum tokens per row; -1: the model's limit.",
  }),
  padToMaxLength: booleanParameter("pad_to_max_length", "false", {
    doc: "Pad every row to the maximum length.",
  }),
  batchSize: integerParameter("batch_size", "1000", { minimum: 1, doc: "Rows tokenized at a time." }),
  seed: integerParameter("seed", "42", {
    minimum: 0,
    maximum: 2 ** 32 - 1,
    doc: "Random seed of the training.",
  }),
  numNodesFinetune: integerParameter("num_nodes_finetune", "1", {
    minimum: 1,
    doc: "Nodes the training runs on.",
  }),
  shmSizeFinetune: {
    name: "shm_size_finetune",
    type: "text",
    component: "5g",
    pattern: /^0*[1-9]\d{0,11}[bkmg]$/i,
    allowed: "a whole number greater than 0 with the unit b, k, m or g, such as 5g",
    doc: "Shared memory per node.",
  },
  trustRemoteCode: booleanParameter("trust_remote_code", "false", {
    doc: "Run code that comes with the model.",
  }),
  autoFindBatchSize: booleanParameter("auto_find_batch_size", "false", {
    doc: "Halve the batch size until it fits.",
  }),
  enableFullDeterminism: booleanParameter("enable_full_determinism", "false", {
    doc: "Bit-identical repetition; slower.",
  }),
  dataloaderNumWorkers: integerParameter("dataloader_num_workers", "0", {
    minimum: 0,
    maximum: 1024,
    doc: "Processes that load data.",
  }),
  ignoreMismatchedSizes: booleanParameter("ignore_mismatched_sizes", "false", {
    doc: "Accept weights of a different shape.",
  }),
  evaluationStrategy: choiceParameter("evaluation_strategy", "epoch", ["epoch", "steps", "disable"], {
    doc: "When eval_loss is measured on dataset.validationSplit; disable needs component version 0.0.76 or later.",
  }),
  evaluationStepsInterval: numberParameter("evaluation_steps_interval", "0.0", {
    minimum: 0,
    maximum: 1,
    doc: "Evaluate after this fraction of an epoch's steps; 0: use evalSteps.",
  }),
  evalSteps: integerParameter("eval_steps", "500", {
    minimum: 1,
    doc: "Steps between evaluations if evaluationStrategy is steps.",
  }),
  evalAccumulationSteps: integerParameter("eval_accumulation_steps", "-1", {
    minimum: -1,
    except: 0,
    doc: "Evaluation steps kept on the GPU; -1: all.",
  }),
  loggingStrategy: choiceParameter("logging_strategy", "steps", ["epoch", "steps"], {
    doc: "When metrics are logged.",
  }),
  loggingSteps: integerParameter("logging_steps", "10", { minimum: 1, doc: "Steps between log entries." }),
  metricForBestModel: choiceParameter("metric_for_best_model", "loss", ["loss", "f1", "exact"], {
    doc: "Metric that selects the best checkpoint.",
  }),
  resumeFromCheckpoint: booleanParameter("resume_from_checkpoint", "false", {
    doc: "Resume from the last checkpoint.",
  }),
  saveTotalLimit: integerParameter("save_total_limit", "-1", {
    minimum: -1,
    doc: "Maximum number of checkpoints; -1: unlimited.",
  }),
  applyEarlyStopping: booleanParameter("apply_early_stopping", "false", {
    doc: "Stop when the metric no longer improves.",
  }),
  earlyStoppingPatience: integerParameter("early_stopping_patience", "1", {
    minimum: 1,
    doc: "Evaluations without improvement before stopping.",
  }),
  earlyStoppingThreshold: numberParameter("early_stopping_threshold", "0.0", {
    minimum: 0,
    doc: "Smallest change that counts as an improvement.",
  }),
} as const satisfies Record<string, ParameterSpec>;

export type ParameterKey = keyof typeof parameterTable;

/** The parameter of one of Azure ML's names: its configuration name and specification. */
export function componentParameter(name: string): { key: ParameterKey; spec: ParameterSpec } | undefined {
  const found = Object.entries(parameterTable).find(([, spec]) => spec.name === name);
  return found && { key: found[0] as ParameterKey, spec: found[1] };
}

type Details = Omit<ParameterSpec, "name" | "type" | "component">;

function integerParameter(name: string, component: string, details: Details) {
  return { name, type: "integer", component, maximum: int32, ...details } as const;
}

function numberParameter(name: string, component: string, details: Details) {
  return { name, type: "number", component, maximum: float32, ...details } as const;
}

function booleanParameter(name: string, component: string, details: Details) {
  return { name, type: "flag", component, ...details } as const;
}

function choiceParameter(name: string, component: string, choices: readonly string[], details: Details) {
  return { name, type: "choice", component, choices, ...details } as const;
}
