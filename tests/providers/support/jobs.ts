import { workspace } from "./azureStubTypes";
import type { Properties } from "./dynamicHost";
import type { Fixture } from "./fixture";

/** The declared inputs of a small fine-tuning component, in the service's format (scalars as strings). */
export function componentInputs(): Record<string, Record<string, unknown>> {
  const names = [
    "mlflow_model_path",
    "train_file_path",
    "test_file_path",
    "validation_file_path",
    "compute_model_import",
    "compute_preprocess",
    "compute_finetune",
    "compute_model_evaluation",
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, { type: "string", optional: "True" }])),
    number_of_gpu_to_use_finetuning: { type: "integer" },
    num_train_epochs: { type: "integer", default: "1" },
    learning_rate: { type: "number" },
    lr_scheduler_type: { type: "string", enum: ["linear", "cosine"] },
  };
}

let serial = 0;
/** Inputs of a job that was not submitted before. */
export function jobInputs(change: Properties = {}): Properties {
  serial += 1;
  return {
    workspace,
    namePrefix: "ft-test",
    experimentName: "chat",
    displayName: "display",
    component: { registry: "azureml", name: "chat_completion_pipeline", version: "latest" },
    modelId: "azureml://registries/azureml/models/Phi-3-mini-4k-instruct/versions/15",
    trainData: `azureml://subscriptions/s/resourcegroups/rg/workspaces/ws/datastores/d/paths/${serial}/train.jsonl`,
    testData: "azureml://subscriptions/s/resourcegroups/rg/workspaces/ws/datastores/d/paths/test.jsonl",
    validationData: "azureml://subscriptions/s/resourcegroups/rg/workspaces/ws/datastores/d/paths/test.jsonl",
    compute: "gpu",
    gpusPerNode: 1,
    parameters: { num_train_epochs: "3", learning_rate: "0.005", learning_rate_min: "5e-07" },
    deadlineMinutes: 60,
    onDestroy: "archive",
    ...change,
  };
}

export async function checked(
  fixture: Fixture,
  inputs: Properties,
  olds: Properties = {},
): Promise<Properties> {
  const { inputs: result, failures } = await fixture.host.check("pipelineJob", olds, inputs);
  expect(failures).toEqual([]);
  return result;
}
