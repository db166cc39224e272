import { CHAT_COMPLETION_INPUTS, LATER_INPUTS, type ComponentInput } from "./componentInputs";

const CHAT_COMPLETION_PIPELINE = "chat_completion_pipeline";

export interface ComponentVersion {
  name: string;
  version: string;
  createdAt: string;
  inputs: Readonly<Record<string, ComponentInput>>;
  /** Has the steps `model_prediction` and `compute_metrics` and the output `evaluation_result`. */
  evaluates: boolean;
}

/** The inputs at the notebook's time: two fewer, and another default optimizer. */
function earlyInputs(): Readonly<Record<string, ComponentInput>> {
  const entries = Object.entries(CHAT_COMPLETION_INPUTS).filter(
    ([name]) => !(LATER_INPUTS as readonly string[]).includes(name),
  );
  const inputs = Object.fromEntries(entries);
  inputs["optim"] = { type: "string", default: "adamw_hf", enum: ["adamw_hf", "adamw_torch", "adafactor"] };
  return inputs;
}

/**
 * Oldest first. 0.0.57 (2024-08-02), 0.0.68–0.0.74 and 0.0.77–0.0.78 evaluate in separate steps; 0.0.53 and
 * 0.0.79–0.0.82 do not (git history of azureml-assets). The dates of 0.0.53, 0.0.74 and 0.0.78 are inferred.
 */
export const BUILT_IN_COMPONENTS: readonly ComponentVersion[] = [
  component("0.0.53", "2024-07-09T00:00:00.000Z", false, earlyInputs()),
  component("0.0.57", "2024-08-02T00:00:00.000Z", true, earlyInputs()),
  component("0.0.74", "2025-06-17T00:00:00.000Z", true, CHAT_COMPLETION_INPUTS),
  component("0.0.78", "2025-11-04T00:00:00.000Z", true, CHAT_COMPLETION_INPUTS),
  component("0.0.82", "2026-06-30T00:00:00.000Z", false, CHAT_COMPLETION_INPUTS),
];

function component(
  version: string,
  createdAt: string,
  evaluates: boolean,
  inputs: Readonly<Record<string, ComponentInput>>,
): ComponentVersion {
  return { name: CHAT_COMPLETION_PIPELINE, version, createdAt, evaluates, inputs };
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
