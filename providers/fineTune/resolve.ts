import {
  type ComponentInput,
  getRegistryComponent,
  type RegistryComponent,
} from "../../azureml/clients/registry";
import { canonicalJson } from "../../azureml/records";
import type { HandlerContext, Properties, Resolved } from "../handlers/base";
import { type CheckFailure, hasUnknown, unknownValue } from "../handlers/unknown";
import { ownInputs, requiredInputs } from "./body";
import { type JobInputs, specHash } from "./spec";

/**
 * Resolves the component (a version once found is kept), what it does not declare, and the hash of the training. All of
 * it is visible in preview; unknown inputs leave unknown what depends on them.
 */
export async function resolveJob(
  olds: Properties,
  news: Properties,
  context: HandlerContext,
): Promise<Resolved> {
  const component = hasUnknown([news.component, news.parameters])
    ? undefined
    : await resolveComponent(olds, news as unknown as JobInputs, context);
  const add: Properties = {
    componentId: component?.componentId ?? unknownValue,
    omittedParameters: component?.omittedParameters ?? unknownValue,
  };
  const spec = { ...news, ...add } as unknown as JobInputs;
  const { modelId, trainData, testData, gpusPerNode, parameters } = spec;
  const known = component && !hasUnknown([modelId, trainData, testData, gpusPerNode, parameters]);
  return {
    add: { ...add, specHash: known ? specHash(spec) : unknownValue },
    failures: component?.failures ?? [],
  };
}

interface ResolvedComponent {
  componentId: string;
  omittedParameters: string[];
  failures: CheckFailure[];
}

async function resolveComponent(
  olds: Properties,
  news: JobInputs,
  context: HandlerContext,
): Promise<ResolvedComponent> {
  const same = (key: "component" | "parameters"): boolean =>
    canonicalJson(olds[key]) === canonicalJson(news[key]);
  const pinned = same("component") && isKnownText(olds.componentId) ? olds.componentId : undefined;
  if (pinned && same("parameters") && Array.isArray(olds.omittedParameters)) {
    return { componentId: pinned, omittedParameters: olds.omittedParameters as string[], failures: [] };
  }
  const { registry, name, version } = news.component;
  const wanted = pinned?.split("/versions/")[1] ?? version;
  const component = await getRegistryComponent(await context.session(), registry, name, wanted);
  return {
    componentId: component.id,
    omittedParameters: undeclared(component, news.parameters),
    failures: [...missingInputs(component), ...parameterFailures(component.inputs, news.parameters)],
  };
}

const isKnownText = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value !== unknownValue;

/** Names that are not sent because this component version does not declare them, in order. */
function undeclared(
  component: Pick<RegistryComponent, "inputs">,
  parameters: Record<string, string>,
): string[] {
  return [...Object.keys(parameters), ...ownInputs].filter((name) => !(name in component.inputs)).sort();
}

function missingInputs(component: RegistryComponent): CheckFailure[] {
  const missing = requiredInputs.filter((name) => !(name in component.inputs));
  if (missing.length === 0) return [];
  return [
    {
      property: "component",
      reason: `component: ${component.id} does not declare ${missing.join(", ")}; allowed: a chat-completion fine-tuning pipeline`,
    },
  ];
}

/** Values a component itself would refuse: wrong enum, not a number, or a name that is ours to set. */
function parameterFailures(
  inputs: Record<string, ComponentInput>,
  parameters: Record<string, string>,
): CheckFailure[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const declared = inputs[name];
    const fail = (allowed: string): CheckFailure[] => [
      { property: "parameters", reason: `parameters.${name}: seen "${value}"; allowed: ${allowed}` },
    ];
    if (ownInputs.includes(name)) return fail("not here, it follows from the resource's other properties");
    if (!declared) return [];
    if (declared.enum && !declared.enum.some((one) => one.toLowerCase() === value.toLowerCase())) {
      return fail(declared.enum.join(", "));
    }
    if (declared.type === "integer" && !/^[+-]?\d+$/.test(value)) return fail("a whole number");
    if (declared.type === "number" && !Number.isFinite(Number(value || Number.NaN))) return fail("a number");
    return [];
  });
}
