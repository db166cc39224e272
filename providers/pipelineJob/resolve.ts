import {
  type ComponentInput,
  getRegistryComponent,
  type RegistryComponent,
} from "../../azureml/clients/registry";
import { canonicalJson } from "../../azureml/records";
import type { HandlerContext, Properties, Resolved } from "../shared/handler";
import { type CheckFailure, hasUnknown, unknownValue } from "../shared/unknownValues";
import type { JobInputs } from "./inputs";
import { specHash } from "./jobName";
import { requiredInputs, reservedInputs } from "./requestBody";

/**
 * Resolves the component's version (once resolved, it is kept), the parameters that this version does not declare, and
 * the spec hash. A preview shows all three. Results that depend on an unknown input are unknown.
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
  const unchanged = (key: "component" | "parameters"): boolean =>
    canonicalJson(olds[key]) === canonicalJson(news[key]);
  const pinned = unchanged("component") && isKnownString(olds.componentId) ? olds.componentId : undefined;
  if (pinned && unchanged("parameters") && Array.isArray(olds.omittedParameters)) {
    return { componentId: pinned, omittedParameters: olds.omittedParameters as string[], failures: [] };
  }
  const { registry, name, version } = news.component;
  const component = await getRegistryComponent(
    await context.session(),
    registry,
    name,
    pinned?.split("/versions/")[1] ?? version,
  );
  return {
    componentId: component.id,
    omittedParameters: undeclaredInputs(component, news.parameters),
    failures: [...missingInputs(component), ...parameterFailures(component.inputs, news.parameters)],
  };
}

const isKnownString = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value !== unknownValue;

/** Names that the job must omit because this component version does not declare them, sorted. */
function undeclaredInputs(
  component: Pick<RegistryComponent, "inputs">,
  parameters: Record<string, string>,
): string[] {
  return [...Object.keys(parameters), ...reservedInputs].filter((name) => !(name in component.inputs)).sort();
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

/** Values that the component would refuse (enum, number), and names that `parameters` must not contain. */
function parameterFailures(
  inputs: Record<string, ComponentInput>,
  parameters: Record<string, string>,
): CheckFailure[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const declared = inputs[name];
    const fail = (allowed: string): CheckFailure[] => [
      { property: "parameters", reason: `parameters.${name}: seen "${value}"; allowed: ${allowed}` },
    ];
    if (reservedInputs.includes(name)) return fail("no value here, the resource's other properties set it");
    if (!declared) return [];
    if (declared.enum && !declared.enum.some((allowed) => allowed.toLowerCase() === value.toLowerCase())) {
      return fail(declared.enum.join(", "));
    }
    if (declared.type === "integer" && !/^[+-]?\d+$/.test(value)) return fail("a whole number");
    if (declared.type === "number" && !Number.isFinite(Number(value || Number.NaN))) return fail("a number");
    return [];
  });
}
