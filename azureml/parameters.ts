import { type ParameterKey, type ParameterSpec, parameterTable } from "./parameterTable";
import { parsePythonScalars, pythonFloat } from "./pythonLiteral";

/** Who set a parameter: the stack's configuration, the model's tag, or the notebook's default. */
type ParameterOrigin = "config" | "model" | "notebook";

export interface ResolvedParameter {
  /** Azure ML's name. */
  name: string;
  /** The string sent to the pipeline. */
  value: string;
  origin: ParameterOrigin;
  /** Values of lower precedence that this one overrides. */
  overrides: { origin: ParameterOrigin; value: string }[];
}

/** Parameters set in the configuration, by configuration name. */
export type ConfiguredParameters = Partial<Record<ParameterKey, string | number | boolean>>;

/**
 * The final training parameters. Precedence: configuration, then the model's `model_specific_defaults`, then
 * the notebook's defaults. (In the notebook the tag overrides the notebook's own values with a warning. A
 * value in the stack's configuration is an explicit choice, so the tag does not override it.)
 * @param extra component inputs outside the table, by Azure ML's name; they count as configuration.
 */
export function resolveParameters(
  configured: ConfiguredParameters,
  modelDefaults: ReadonlyMap<string, string>,
  extra: Readonly<Record<string, string>> = {},
): ResolvedParameter[] {
  const specs: Record<string, ParameterSpec> = parameterTable;
  const layers: [ParameterOrigin, Map<string, string>][] = [
    ["notebook", new Map()],
    ["model", new Map(modelDefaults)],
    ["config", new Map(Object.entries(extra))],
  ];
  for (const [key, spec] of Object.entries(specs)) {
    if (spec.notebook !== undefined) layers[0]?.[1].set(spec.name, spec.notebook);
    const value = configured[key as ParameterKey];
    if (value !== undefined) layers[2]?.[1].set(spec.name, parameterText(value));
  }
  const resolved = new Map<string, ResolvedParameter>();
  for (const [origin, values] of layers) {
    for (const [name, value] of values) {
      const below = resolved.get(name);
      const overrides = below
        ? [{ origin: below.origin, value: below.value }, ...below.overrides].filter(
            (one) => one.value !== value,
          )
        : [];
      resolved.set(name, { name, value, origin, overrides });
    }
  }
  return [...resolved.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The parameters as inputs of the pipeline. */
export function pipelineInputs(resolved: readonly ResolvedParameter[]): Record<string, string> {
  return Object.fromEntries(resolved.map(({ name, value }) => [name, value]));
}

/**
 * Parses the tag `model_specific_defaults` (a Python dict). `None` means that the parameter is not set.
 * @throws PythonLiteralError if the tag is not a dict of scalars.
 */
export function modelSpecificDefaults(tag: string | undefined): Map<string, string> {
  const defaults = new Map<string, string>();
  if (tag === undefined || tag.trim() === "") return defaults;
  for (const [name, value] of parsePythonScalars(tag)) {
    if (value !== null) defaults.set(name, parameterText(value));
  }
  return defaults;
}

/** A value as a string in Azure ML's format: numbers as in Python, lower-case true and false. */
export function parameterText(value: string | number | boolean): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : pythonFloat(value);
  return String(value);
}

/** The parameters as a printed table: name, value, who set it, what it overrides. */
export function parameterReport(resolved: readonly ResolvedParameter[]): string {
  const origins: Record<ParameterOrigin, string> = {
    config: "configuration",
    model: "model tag",
    notebook: "notebook default",
  };
  const nameWidth = Math.max(4, ...resolved.map(({ name }) => name.length));
  const valueWidth = Math.max(5, ...resolved.map(({ value }) => value.length));
  return resolved
    .map(({ name, value, origin, overrides }) => {
      const over = overrides.map((one) => `${origins[one.origin]} ${one.value}`).join(", ");
      const line = `  ${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${origins[origin]}`;
      return over ? `${line} (instead of ${over})` : line;
    })
    .join("\n");
}
