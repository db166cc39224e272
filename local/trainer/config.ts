import { TrainerError } from "./contract";

/** The network's dimensions, as in a Hugging Face `config.json` of model type `phi3`. */
export interface ModelConfig {
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  intermediateSize: number;
  /** Longest sequence in tokens. */
  contextLength: number;
  rmsNormEps: number;
  ropeTheta: number;
}

/** The base model's dimensions: Phi-3's architecture with 430,752 parameters. */
export const BASE_CONFIG: ModelConfig = {
  vocabSize: 1024,
  hiddenSize: 96,
  layers: 3,
  heads: 4,
  intermediateSize: 256,
  contextLength: 128,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
};

const FILE_KEYS: Readonly<Record<keyof ModelConfig, string>> = {
  vocabSize: "vocab_size",
  hiddenSize: "hidden_size",
  layers: "num_hidden_layers",
  heads: "num_attention_heads",
  intermediateSize: "intermediate_size",
  contextLength: "max_position_embeddings",
  rmsNormEps: "rms_norm_eps",
  ropeTheta: "rope_theta",
};

export function configToJson(config: ModelConfig, specialIds: { end: number; pad: number }): object {
  const measures = Object.fromEntries(
    Object.entries(FILE_KEYS).map(([key, fileKey]) => [fileKey, config[key as keyof ModelConfig]]),
  );
  return {
    architectures: ["Phi3ForCausalLM"],
    model_type: "phi3",
    ...measures,
    num_key_value_heads: config.heads,
    hidden_act: "silu",
    tie_word_embeddings: true,
    bos_token_id: specialIds.pad,
    eos_token_id: specialIds.end,
    pad_token_id: specialIds.pad,
    torch_dtype: "float32",
  };
}

/** `file` is for messages. @throws TrainerError InvalidModel */
export function configFromJson(json: unknown, file: string): ModelConfig {
  if (typeof json !== "object" || json === null) {
    throw new TrainerError("InvalidModel", `${file} must contain a JSON object.`);
  }
  const values = json as Record<string, unknown>;
  if (values["model_type"] !== "phi3" || values["tie_word_embeddings"] !== true) {
    throw new TrainerError(
      "InvalidModel",
      `${file} describes model_type ${JSON.stringify(values["model_type"])} with tie_word_embeddings ${JSON.stringify(values["tie_word_embeddings"])}; ` +
        `this trainer supports only model_type "phi3" with a tied head.`,
    );
  }
  const entries = Object.entries(FILE_KEYS).map(([key, fileKey]) => {
    const value = values[fileKey];
    if (typeof value !== "number" || !(value > 0)) {
      throw new TrainerError(
        "InvalidModel",
        `${file}: ${fileKey} is ${JSON.stringify(value)}, must be a number above 0.`,
      );
    }
    return [key, value];
  });
  const config = Object.fromEntries(entries) as unknown as ModelConfig;
  if (config.hiddenSize % (2 * config.heads) !== 0) {
    throw new TrainerError(
      "InvalidModel",
      `${file}: hidden_size ${config.hiddenSize} must be a multiple of 2 × num_attention_heads (${2 * config.heads}), for rotary positions.`,
    );
  }
  return config;
}
