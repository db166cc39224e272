import { problemReport } from "../../azureml/problem";
import { parseConfig, type ConfigSource } from "../../config/parse";
import type { StackConfig } from "../../config/stackConfig";

export const subscription = "00000000-0000-0000-0000-000000000001";

/** A stack's configuration as the engine passes it to the program: all values are strings. */
export function source(
  settings: Record<string, unknown> = {},
  more: Partial<ConfigSource> & { azure?: Record<string, string> } = {},
): ConfigSource {
  const values: Record<string, string> = { "azure-native:location": "westeurope", ...more.azure };
  for (const [key, value] of Object.entries(settings))
    values[key.includes(":") ? key : `azureml-finetune:${key}`] =
      typeof value === "string" ? value : JSON.stringify(value);
  return {
    values,
    project: "azureml-finetune",
    env: { ARM_SUBSCRIPTION_ID: subscription },
    readFile: () => {
      throw new Error("no file");
    },
    ...more,
  };
}

export function config(settings?: Record<string, unknown>, more?: Parameters<typeof source>[1]): StackConfig {
  const parsed = parseConfig(source(settings, more));
  if ("problems" in parsed) throw new Error(problemReport("unexpected", parsed.problems));
  return parsed.config;
}

export function problems(settings?: Record<string, unknown>, more?: Parameters<typeof source>[1]): string[] {
  const parsed = parseConfig(source(settings, more));
  if ("config" in parsed) throw new Error("no problem was found");
  return parsed.problems.map(({ property, seen, allowed, remedy }) =>
    [property, seen, allowed, remedy].join(" | "),
  );
}
