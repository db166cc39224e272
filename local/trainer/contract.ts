/** The interface between the local cloud (job runner, scoring) and the small language model. */

import type { TrainingParameters } from "./parameters";

/** Checkpoints at the end of each epoch, from which an interrupted training continues. */
export interface CheckpointSettings {
  directory: string;
  /** How many are kept (`save_total_limit`); less than 1: all. */
  totalLimit: number;
  /** Continue from the last one, if there is one (`resume_from_checkpoint`). */
  resume: boolean;
}

export interface FineTuneRequest {
  /** Folder of the base model (config.json, model.safetensors, tokenizer.json). */
  baseModelDir: string;
  trainFile: string;
  /** Validation conversations: eval loss, perplexity and ROUGE before and after. Without it nothing is measured. */
  validationFile?: string;
  /** A training with fewer optimizer steps measures nothing. Default: 0. */
  evaluationSteps?: number;
  /** Default: no checkpoints are written. */
  checkpoints?: CheckpointSettings;
  /** Where the MLflow model folder is written (created, must be empty). */
  outputDir: string;
  parameters: TrainingParameters;
  /** Recorded in the MLmodel file: base model id, job name, data uris. */
  lineage: Record<string, string>;
}

export type TrainerEvent =
  | { kind: "log"; line: string }
  /** Keys as Hugging Face's Trainer logs them (`loss`, `learning_rate`, `epoch`, `eval_loss`, …). */
  | { kind: "metrics"; step: number; values: Record<string, number> }
  | {
      kind: "progress";
      phase: "evaluate-before" | "train" | "evaluate-after";
      step: number;
      totalSteps: number;
      loss?: number;
      epoch?: number;
      tokensPerSecond?: number;
      etaSeconds?: number;
    };

export interface FineTuneResult {
  /** train_loss, eval_loss, eval_loss_before, perplexity(_before), rouge1/2/L/Lsum(_before) … */
  metrics: Record<string, number>;
}

/** A failure that the user can correct (NaN loss, malformed row): the step's error, without a stack trace. */
export class TrainerError extends Error {
  constructor(
    readonly code: "NonFiniteLoss" | "InvalidData" | "InvalidParameter" | "InvalidModel",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "TrainerError";
  }
}

/** Runs in a worker thread (`local/trainer/trainingWorker.ts`); `signal` stops it between steps. */
export type FineTune = (
  request: FineTuneRequest,
  onEvent: (event: TrainerEvent) => void,
  signal: AbortSignal,
) => Promise<FineTuneResult>;

export interface ChatTurn {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface GenerationParameters {
  /** 0 < temperature; default 1. Ignored unless doSample. */
  temperature?: number;
  /** 0 < topP <= 1; default 1. */
  topP?: number;
  /** Default false: greedy. */
  doSample?: boolean;
  /** Default 200. */
  maxNewTokens?: number;
  /** A fixed seed makes sampling reproducible; default: random. */
  seed?: number;
}

/** A loaded MLflow model folder. It runs in a worker thread, so that the cloud stays responsive. */
export interface ChatModel {
  generate(
    messages: ChatTurn[],
    parameters: GenerationParameters,
  ): Promise<{ text: string; promptTokens: number; newTokens: number }>;
  close(): Promise<void>;
}

/** Throws TrainerError("InvalidModel") with the file at fault. */
export type LoadChatModel = (modelDir: string) => Promise<ChatModel>;
