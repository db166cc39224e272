import { datasetSlug, notebookDataset } from "./names";

/** Pipeline parameters by their Azure ML names. All values are strings, as in the pipeline's inputs. */
type PipelineParameters = Readonly<Record<string, string | undefined>>;

/**
 * The notebook's display name of its pipeline job:
 * `{model}-{data set}-bs{B}-{scheduler}-{ds{stage}|nods}-{lora|nolora}-save_limit{n}-seqlen{n}`. B is the
 * number of rows in one optimizer step: per-device train batch × gradient accumulation × GPUs per node ×
 * nodes. The notebook's data set is named ultrachat. A missing parameter counts as the notebook's default (1, linear, no DeepSpeed, stage 2, no LoRA, -1,
 * -1).
 */
export function pipelineDisplayName(
  model: string,
  dataset: string,
  parameters: PipelineParameters,
  gpusPerNode: number,
): string {
  const get = (name: string, fallback: string): string => parameters[name] ?? fallback;
  const batch =
    Number(get("per_device_train_batch_size", "1")) *
    Number(get("gradient_accumulation_steps", "1")) *
    gpusPerNode *
    Number(get("num_nodes_finetune", "1"));
  return [
    model,
    dataset === notebookDataset ? "ultrachat" : datasetSlug(dataset),
    `bs${batch}`,
    get("lr_scheduler_type", "linear"),
    get("apply_deepspeed", "false") === "true" ? `ds${get("deepspeed_stage", "2")}` : "nods",
    get("apply_lora", "false") === "true" ? "lora" : "nolora",
    `save_limit${get("save_total_limit", "-1")}`,
    `seqlen${get("max_seq_length", "-1")}`,
  ].join("-");
}
