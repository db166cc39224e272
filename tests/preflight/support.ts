import type { PreflightCloud } from "../../preflight/cloud";
import { problemReport } from "../../azureml/problem";
import { parseConfig } from "../../config/parse";
import type { StackConfig } from "../../config/stackConfig";
import { checkPrerequisites } from "../../preflight/prerequisites";
import { fakeCloud } from "./fakeCloud";

export const identity = {
  project: "azureml-finetune",
  stack: "dev",
  subscriptionId: "00000000-0000-0000-0000-000000000001",
};

/** A cloud where everything is correct. `asked` records the requests. */
export function cloud(changes: Partial<PreflightCloud> = {}): PreflightCloud & { asked: string[] } {
  const asked: string[] = [];
  const watched = Object.fromEntries(
    Object.entries(fakeCloud(changes)).map(([name, ask]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return (ask as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as PreflightCloud;
  return { ...watched, asked };
}

export function config(settings: Record<string, unknown> = {}): StackConfig {
  const values = Object.entries(settings).map(([key, value]) => [
    `azureml-finetune:${key}`,
    JSON.stringify(value),
  ]);
  const parsed = parseConfig({
    values: { "azure-native:location": "westeurope", ...Object.fromEntries(values) },
    project: identity.project,
    env: { ARM_SUBSCRIPTION_ID: identity.subscriptionId },
    readFile: () => "",
  });
  if ("problems" in parsed) throw new Error(problemReport("unexpected", parsed.problems));
  return parsed.config;
}

export async function problems(
  settings: Record<string, unknown>,
  changes?: Partial<PreflightCloud>,
): Promise<string[]> {
  const result = await checkPrerequisites(config(settings), identity, cloud(changes));
  return result.problems.map(({ property, seen, remedy }) => [property, seen, remedy ?? ""].join(" | "));
}

export async function prerequisites(
  settings: Record<string, unknown> = {},
  changes?: Partial<PreflightCloud>,
) {
  const result = await checkPrerequisites(config(settings), identity, cloud(changes));
  if (!("prerequisites" in result)) throw new Error(problemReport("unexpected", result.problems));
  return result.prerequisites;
}
