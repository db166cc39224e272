import { pipelineDisplayName } from "../../azureml/displayName";

const model = "Phi-3-mini-4k-instruct";
/** The values that the notebook sets. */
const notebook = {
  num_train_epochs: "3",
  per_device_train_batch_size: "1",
  per_device_eval_batch_size: "1",
  learning_rate: "5e-06",
  lr_scheduler_type: "cosine",
  apply_lora: "true",
  apply_deepspeed: "true",
  deepspeed_stage: "2",
};

test.each<[string, Record<string, string>, number, string]>([
  ["the notebook on 8 GPUs", notebook, 8, `${model}-ultrachat-bs8-cosine-ds2-lora-save_limit-1-seqlen-1`],
  [
    "the model's tag on one GPU",
    { ...notebook, save_total_limit: "1", gradient_accumulation_steps: "1" },
    1,
    `${model}-ultrachat-bs1-cosine-ds2-lora-save_limit1-seqlen-1`,
  ],
  ["no parameters", {}, 1, `${model}-ultrachat-bs1-linear-nods-nolora-save_limit-1-seqlen-1`],
  [
    "batch, accumulation, GPUs and nodes multiplied",
    { per_device_train_batch_size: "4", gradient_accumulation_steps: "3", num_nodes_finetune: "2" },
    5,
    `${model}-ultrachat-bs120-linear-nods-nolora-save_limit-1-seqlen-1`,
  ],
  [
    "DeepSpeed stage 3 and a sequence length",
    { apply_deepspeed: "true", deepspeed_stage: "3", max_seq_length: "2048", apply_lora: "false" },
    1,
    `${model}-ultrachat-bs1-linear-ds3-nolora-save_limit-1-seqlen2048`,
  ],
  [
    "DeepSpeed without a stage",
    { apply_deepspeed: "true" },
    1,
    `${model}-ultrachat-bs1-linear-ds2-nolora-save_limit-1-seqlen-1`,
  ],
])("display name of %s", (_, parameters, gpus, expected) => {
  expect(pipelineDisplayName(model, "HuggingFaceH4/ultrachat_200k", parameters, gpus)).toBe(expected);
});
