import { computeInputs, validationInput } from "../../azureml/componentInputs";
import { type JobInputs, sentParameters, validationFile } from "./inputs";

/** Name of the tag and the property that contain the spec hash of a job. */
export const hashKey = "azureml-finetune.specHash";

/**
 * With `true` the training step continues from the newest complete checkpoint in its own output folder, and starts from the beginning
 * if there is none (PyPI azureml-acft-contrib-hf-nlp 0.0.91, tasks/base/finetune/finetune.py). The folder is a mounted output of the
 * step, so it outlives the node and not the job: another job has another folder, and the component has no input for it.
 */
export const resumeInput = "resume_from_checkpoint";

const literal = (value: string): Record<string, string> => ({ job_input_type: "literal", value });
const file = (uri: string): Record<string, string> => ({ job_input_type: "uri_file", uri });

/**
 * The pipeline job as the notebook's SDK (azure-ai-ml) submits it: one node of the registry component, snake_case inside
 * `jobs`, every scalar a string, no component defaults. The component's `mlflow_model_folder` becomes the job's output
 * `trained_model`.
 * @param ownership tags of the job's user (ownership.ts).
 * @param resumes the nodes can be preempted, so the job continues from its checkpoints whatever the parameter says. The model is
 * the same, so the spec hash does not change.
 */
export function jobProperties(
  inputs: JobInputs,
  ownership: Record<string, string> = {},
  resumes = false,
): Record<string, unknown> {
  const { component, omittedParameters } = inputs;
  const node: Record<string, unknown> = {
    mlflow_model_path: { job_input_type: "mlflow_model", uri: inputs.modelId },
    train_file_path: file(inputs.trainData),
    test_file_path: file(inputs.testData),
    number_of_gpu_to_use_finetuning: literal(String(inputs.gpusPerNode)),
  };
  const validation = validationFile(inputs);
  if (validation) node[validationInput] = file(validation);
  for (const name of computeInputs) node[name] = literal(inputs.compute);
  for (const name of omittedParameters) delete node[name];
  for (const [name, value] of Object.entries(sentParameters(inputs))) node[name] = literal(value);
  if (resumes && !omittedParameters.includes(resumeInput)) node[resumeInput] = literal("true");
  return {
    jobType: "Pipeline",
    displayName: inputs.displayName,
    experimentName: inputs.experimentName,
    ...(inputs.description ? { description: inputs.description } : {}),
    tags: { ...inputs.tags, [hashKey]: inputs.specHash, ...ownership },
    properties: { [hashKey]: inputs.specHash },
    isArchived: false,
    inputs: {},
    jobs: {
      [component.name]: {
        name: component.name,
        type: "pipeline",
        _source: "REMOTE.REGISTRY",
        componentId: inputs.componentId,
        inputs: node,
        outputs: {
          mlflow_model_folder: { type: "literal", value: "${{parent.outputs.trained_model}}" },
        },
      },
    },
    outputs: { trained_model: { jobOutputType: "mlflow_model", mode: "ReadWriteMount" } },
    settings: { force_rerun: true, continue_on_step_failure: false, _source: "DSL" },
  };
}
