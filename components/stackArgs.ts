import type { StackIdentity } from "../azureml/names";

/** Arguments that describe the stack. Most components use some of them to name and describe Azure resources. */
export interface StackArgs {
  /** Project, stack, subscription and generation. The names of Azure resources are derived from them. */
  identity: StackIdentity;
  /** Tags for every resource that accepts tags: the configured ones and the owner tags. */
  tags: Record<string, string>;
  /** Configured name of the base model, e.g. `Phi-4-mini-instruct`. */
  modelName: string;
  /** Configured name of the data set, e.g. `HuggingFaceH4/ultrachat_200k`. */
  datasetName: string;
}
