import { CHAT_COMPLETION_INPUTS, INPUTS_OF_0_0_82, type ComponentInput } from "./componentInputs";

const CHAT_COMPLETION_PIPELINE = "chat_completion_pipeline";
const EARLY_CONVERTER = "chat_completion_model_converter";

export interface ComponentVersion {
  name: string;
  version: string;
  createdAt: string;
  inputs: Readonly<Record<string, ComponentInput>>;
  /** Has the steps `model_prediction` and `compute_metrics` and the output `evaluation_result`. */
  evaluates: boolean;
  /** Name of the step that converts the trained model to MLflow. */
  converter: "ft_nlp_model_converter" | "chat_completion_model_converter";
}

type Inputs = Readonly<Record<string, ComponentInput>>;

/** The inputs of 0.0.75 to 0.0.81. */
function inputsBefore82(): Inputs {
  return Object.fromEntries(
    Object.entries(CHAT_COMPLETION_INPUTS).filter(([name]) => !INPUTS_OF_0_0_82.includes(name)),
  );
}

/** The inputs up to 0.0.74: another default optimizer, and an evaluation that cannot be disabled. */
function earlyInputs(): Inputs {
  return {
    ...inputsBefore82(),
    optim: { type: "string", default: "adamw_hf", enum: ["adamw_hf", "adamw_torch", "adafactor"] },
    evaluation_strategy: { type: "string", default: "epoch", enum: ["epoch", "steps"] },
  };
}

/**
 * Oldest first. Inputs, steps and dates are those of the git history of azureml-assets,
 * assets/training/finetune_acft_hf_nlp/components/pipeline_components/chat_completion/spec.yaml. 0.0.57, 0.0.68 to 0.0.74,
 * 0.0.77 and 0.0.78 have the steps `model_prediction` and `compute_metrics`; all others have neither. That the registry
 * published a version on the day of its commit is inferred.
 */
export const BUILT_IN_COMPONENTS: readonly ComponentVersion[] = [
  component("0.0.53", "2024-07-09", earlyInputs(), { evaluates: false, converter: EARLY_CONVERTER }),
  component("0.0.57", "2024-08-02", earlyInputs(), { evaluates: true, converter: EARLY_CONVERTER }),
  component("0.0.74", "2025-04-21", earlyInputs(), { evaluates: true }),
  component("0.0.78", "2025-08-20", inputsBefore82(), { evaluates: true }),
  component("0.0.82", "2026-06-30", CHAT_COMPLETION_INPUTS, { evaluates: false }),
];

function component(
  version: string,
  day: string,
  inputs: Inputs,
  {
    evaluates,
    converter = "ft_nlp_model_converter",
  }: Pick<ComponentVersion, "evaluates"> & Partial<ComponentVersion>,
): ComponentVersion {
  const createdAt = `${day}T00:00:00.000Z`;
  return { name: CHAT_COMPLETION_PIPELINE, version, createdAt, evaluates, converter, inputs };
}

/** The component's YAML as JSON with every scalar a string ("True", "1"), as the live service sends it. */
export function componentSpec(component: ComponentVersion): Record<string, unknown> {
  const inputs = Object.fromEntries(
    Object.entries(component.inputs).map(([name, input]) => [name, inputSpec(input)]),
  );
  const outputs: Record<string, unknown> = {
    pytorch_model_folder: { type: "uri_folder", mode: "rw_mount" },
    mlflow_model_folder: { type: "mlflow_model", mode: "rw_mount" },
  };
  if (component.evaluates) outputs["evaluation_result"] = { type: "uri_folder", mode: "rw_mount" };
  return {
    $schema: "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json",
    type: "pipeline",
    name: component.name,
    version: component.version,
    display_name: "Chat Completion Pipeline",
    description:
      "Pipeline component for chat completion: imports a model, preprocesses the data and fine-tunes.",
    inputs,
    outputs,
  };
}

function inputSpec(input: ComponentInput): Record<string, unknown> {
  const spec: Record<string, unknown> = { type: input.type, optional: input.required ? "False" : "True" };
  if (input.default !== undefined) spec["default"] = input.default;
  if (input.enum) spec["enum"] = [...input.enum];
  if (input.min !== undefined) spec["min"] = String(input.min);
  return spec;
}
