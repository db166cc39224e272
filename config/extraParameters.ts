import { componentParameter } from "../azureml/parameterTable";
import { formatValue, type Problem } from "../azureml/problem";
import { type FinetuneConfig, parameterSetting } from "./finetune";
import { settingInfo } from "./setting";

/** A longer value is a mistake: the job request contains it, and the preview prints it. */
const longestText = 1000;

/**
 * Checks those of `finetune.extraParameters` that the table of parameters contains, by its types and limits. What only the component
 * declares is checked in preflight (preflight/checks/extraParameters.ts).
 * @param property full name of the setting.
 */
export function extraParameterProblems(property: string, section: FinetuneConfig): Problem[] {
  return Object.entries(section.extraParameters).flatMap(([name, value]): Problem[] => {
    const known = componentParameter(name);
    if (!known) return typeof value === "string" ? lengthProblem(`${property}.${name}`, value) : [];
    const { key, spec } = known;
    const setting = parameterSetting(spec);
    if (section[key] !== undefined)
      return [
        {
          property: `${property}.${name}`,
          seen: `${formatValue(value)}, and finetune.${key} is set too (${formatValue(section[key])})`,
          allowed: "one of the two: both are the same input of the component",
          remedy: `Remove ${name} here, and use finetune.${key}.`,
        },
      ];
    if (setting.safeParse(value).success) return [];
    return [
      {
        property: `${property}.${name}`,
        seen: formatValue(value),
        allowed: settingInfo(setting)?.allowed,
        remedy: `Correct it, or set finetune.${key} instead.`,
      },
    ];
  });
}

function lengthProblem(property: string, value: string): Problem[] {
  if (value.length <= longestText) return [];
  return [
    {
      property,
      seen: `a text of ${value.length} characters`,
      allowed: `at most ${longestText} characters`,
      remedy: "Shorten it.",
    },
  ];
}
