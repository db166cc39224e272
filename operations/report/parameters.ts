import { modelSpecificDefaults, parameterText, resolveParameters } from "../../azureml/parameters";
import { type ParameterSpec, parameterTable } from "../../azureml/parameterTable";
import { configuredParameters } from "../../config/finetune";
import type { StackConfig } from "../../config/stackConfig";

export interface Parameter {
  name: string;
  value: string;
  /** Who set it: `configuration`, `model`, `notebook`, `component`, or why it is not known. */
  setBy: string;
}

const names = { config: "configuration", model: "model's tag", notebook: "notebook's default" } as const;

/**
 * The parameters of a job with who set each, then those that the component decided by itself.
 * @param sent to the component.
 * @param config of the stack today; absent if it has mistakes.
 * @param baseModelTags contain `model_specific_defaults`.
 */
export function parametersOf(
  sent: Readonly<Record<string, string>>,
  config: StackConfig | undefined,
  baseModelTags: Readonly<Record<string, string>>,
): Parameter[] {
  const origins = originsOf(config, baseModelTags);
  const set = Object.entries(sent).map(([name, value]) => {
    const found = origins.get(name);
    // The configuration may have changed since the training.
    const setBy = found?.value === value ? names[found.origin] : "not known: the settings have changed since";
    return { name, value, setBy };
  });
  const table: ParameterSpec[] = Object.values(parameterTable);
  const left = table
    .filter(({ name }) => sent[name] === undefined)
    .map(({ name, component }) => ({ name, value: component, setBy: "component's default" }));
  const byName = (a: Parameter, b: Parameter): number => (a.name < b.name ? -1 : 1);
  return [...set.sort(byName), ...left.sort(byName)];
}

function originsOf(config: StackConfig | undefined, tags: Readonly<Record<string, string>>) {
  if (!config) return new Map<string, never>();
  const { finetune } = config;
  const extra = Object.entries(finetune.extraParameters).map(([name, value]) => [name, parameterText(value)]);
  try {
    const defaults = modelSpecificDefaults(tags.model_specific_defaults);
    const resolved = resolveParameters(configuredParameters(finetune), defaults, Object.fromEntries(extra));
    return new Map(resolved.map((one) => [one.name, one]));
  } catch {
    // Preflight reports a tag that cannot be read.
    return new Map<string, never>();
  }
}
