import type { ComponentInput } from "../../azureml/clients/registry";
import { reservedInputs } from "../../azureml/componentInputs";
import { parameterText } from "../../azureml/parameters";
import { componentParameter, parameterTable } from "../../azureml/parameterTable";
import { formatValue, type Problem } from "../../azureml/problem";
import { nearest } from "../../azureml/suggestion";
import type { StackConfig } from "../../config/stackConfig";

/**
 * Checks `finetune.extraParameters` against the inputs that the pipeline component declares. A job omits an input that its component
 * does not declare, so a misspelled one would train without the value.
 * @param property full name of the setting.
 * @param component the version that the configuration names, found now.
 */
export function checkExtraParameters(
  property: string,
  { extraParameters, component: { name: componentName } }: StackConfig["finetune"],
  component: { version: string; inputs: Readonly<Record<string, ComponentInput>> },
): Problem[] {
  const known = [
    ...Object.values(parameterTable).map((spec) => spec.name as string),
    ...Object.keys(component.inputs).filter((name) => !reservedInputs.includes(name)),
  ];
  return Object.entries(extraParameters).flatMap(([name, value]): Problem[] => {
    // The configuration has checked these (config/extraParameters.ts). Older component versions lack some, and omit them.
    if (componentParameter(name)) return [];
    const problem = { property: `${property}.${name}`, seen: formatValue(value) };
    if (reservedInputs.includes(name))
      return [
        {
          ...problem,
          allowed: "no value here: the program sets this input",
          remedy: "Remove it. The sections dataset, compute and foundationModel decide it.",
        },
      ];
    const declared = component.inputs[name];
    if (!declared) {
      const guess = nearest(name, known);
      return [
        {
          ...problem,
          seen: `component ${componentName} ${component.version} has no input of this name`,
          allowed: "an input that the component declares",
          remedy: guess
            ? `Did you mean ${guess}?`
            : "Remove it, or set finetune.component.version to a version that has it.",
        },
      ];
    }
    const allowed = inputProblem(declared, parameterText(value));
    return allowed ? [{ ...problem, allowed, remedy: "Correct it." }] : [];
  });
}

/** What an input allows, if the value is not allowed. */
function inputProblem(declared: ComponentInput, value: string): string | undefined {
  const { type, enum: choices, minimum, maximum } = declared;
  if (choices) {
    const found = choices.some((choice) => choice.toLowerCase() === value.toLowerCase());
    return found ? undefined : choices.join(", ");
  }
  if (type === "boolean") return /^(true|false)$/i.test(value) ? undefined : "true, false";
  if (type === "string") return undefined;
  if (type !== "integer" && type !== "number")
    return `no value here: the input is of type ${type}, and extraParameters sets texts, numbers and booleans only`;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  const fits =
    (type === "integer"
      ? /^[+-]?\d+$/.test(value) && Number.isSafeInteger(number)
      : Number.isFinite(number)) &&
    (minimum === undefined || number >= minimum) &&
    (maximum === undefined || number <= maximum);
  if (fits) return undefined;
  const limits = [
    minimum === undefined ? "" : `, at least ${minimum}`,
    maximum === undefined ? "" : `, at most ${maximum}`,
  ];
  return (type === "integer" ? "a whole number" : "a number") + limits.join("");
}
