import {
  type ComponentInput,
  getRegistryComponent,
  type RegistryComponent,
} from "../../azureml/clients/registry";
import { requiredInputs, reservedInputs, validationInput } from "../../azureml/componentInputs";
import { AzureMlError } from "../../azureml/errors";
import { fromTrain, hasEvaluationStep } from "../../azureml/evaluation";
import { canonicalJson } from "../../azureml/records";
import { recordedTags } from "../../azureml/recordedTags";
import type { HandlerContext, Properties, Resolved } from "../shared/handler";
import { type CheckFailure, hasUnknown, unknownValue } from "../shared/unknownValues";
import { logLine } from "../shared/log";
import { acceptModel } from "./acceptance";
import { rougeLimits } from "./gate";
import { type JobInputs, validationFile } from "./inputs";
import { baseName, specHash, trainedModelUri } from "./jobName";
import { type LookAhead, lookAhead } from "./lookAhead";
import { readOutcome } from "./outcome";
import { heldRegistration } from "./ownership";
import { resumeInput } from "./requestBody";

/**
 * Resolves the component's version (once resolved, it is kept), the parameters that this version does not declare, and
 * the spec hash. A preview shows all three. Results that depend on an unknown input are unknown.
 */
export async function resolveJob(
  olds: Properties,
  news: Properties,
  context: HandlerContext,
): Promise<
  Resolved & { /** The job of these inputs, if they are not those of `olds`. */ ahead?: LookAhead }
> {
  const component = hasUnknown([news.component, news.parameters])
    ? undefined
    : await resolveComponent(olds, news as unknown as JobInputs, context);
  const add: Properties = {
    componentId: component?.componentId ?? unknownValue,
    omittedParameters: component?.omittedParameters ?? unknownValue,
  };
  const given = { ...news, ...add } as unknown as JobInputs;
  const spec = keepsOwnSplit(olds, given) ? { ...given, validationData: undefined } : given;
  const hash = hashIfKnown(spec);
  const isSameJob = (["workspace", "namePrefix"] as const).every(
    (key) => canonicalJson(olds[key]) === canonicalJson(news[key]),
  );
  const ahead =
    hash === olds.specHash && isSameJob
      ? undefined
      : await lookAhead(context.session, { ...spec, specHash: hash });
  return {
    // The undefined value removes the input.
    add: {
      ...add,
      validationData: spec.validationData,
      ownSplit: validationFile(spec) === undefined,
      specHash: hash,
      ...(ahead ? await usedBefore(ahead, { ...spec, specHash: hash }, context) : {}),
    },
    failures: component?.failures ?? [],
    ...(ahead ? { ahead } : {}),
  };
}

/**
 * For a return to inputs whose job is still in use: its results. They determine the version and the tags of the registered
 * model and the name of the deployment, so a preview shows these, and the recovery takes the existing ones into the state
 * instead of creating them again.
 */
async function usedBefore(found: LookAhead, spec: JobInputs, context: HandlerContext): Promise<Properties> {
  const registration = found.kind === "adopt" ? heldRegistration(found.job) : undefined;
  if (found.kind !== "adopt" || registration === undefined) return {};
  const { name, studioUrl } = found.job;
  const session = await context.session();
  try {
    const { metrics } = await readOutcome(session, spec.workspace, found.job);
    const recorded = recordedTags(found.job.tags, metrics);
    const candidate = { name, studioUrl, registration, metrics, recorded };
    const { accepted } = await acceptModel(session, spec, candidate);
    return { jobName: name, registration, outputUri: trainedModelUri(name), metrics, recorded, accepted };
  } catch (error) {
    // The create repeats this and reports the failure.
    if (error instanceof AzureMlError) return {};
    throw error;
  }
}

function hashIfKnown(spec: JobInputs): string {
  const { modelId, trainData, testData, validationData, gpusPerNode, componentId, parameters } = spec;
  const inputs = [modelId, trainData, testData, validationData, gpusPerNode, componentId, parameters];
  return hasUnknown(inputs) ? unknownValue : specHash(spec);
}

/**
 * True for a job of version 0.1.0, which sent no validation data, if nothing else that determines its model has changed.
 * The new input alone must not train again.
 */
function keepsOwnSplit(olds: Properties, given: JobInputs): boolean {
  if (!isKnownString(olds.specHash) || olds.validationData !== undefined) return false;
  if (given.validationData === undefined || given.validationData === fromTrain) return false;
  if (hashIfKnown({ ...given, validationData: undefined }) !== olds.specHash) return false;
  logLine(
    baseName({ namePrefix: given.namePrefix, specHash: olds.specHash }),
    "this model was trained on the first 80 % of the training data and its eval_loss measured on the last 20 %. The next training will use dataset.validationSplit; to train now, change a training input, for example finetune.seed",
  );
  return true;
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
  const unchanged = (key: "component" | "parameters" | "gate"): boolean =>
    canonicalJson(olds[key]) === canonicalJson(news[key]);
  const pinned = unchanged("component") && isKnownString(olds.componentId) ? olds.componentId : undefined;
  if (pinned && unchanged("parameters") && unchanged("gate") && Array.isArray(olds.omittedParameters)) {
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
    // A job on nodes that can be preempted has one input more.
    omittedParameters: undeclaredInputs(component, { ...news.parameters, [resumeInput]: "" }),
    failures: [
      ...missingInputs(component, news),
      ...parameterFailures(component.inputs, news.parameters),
      ...gateFailures(component, news),
    ],
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

function missingInputs(component: RegistryComponent, news: JobInputs): CheckFailure[] {
  const needed = [...requiredInputs, ...(validationFile(news) ? [validationInput] : [])];
  const missing = needed.filter((name) => !(name in component.inputs));
  if (missing.length === 0) return [];
  return [
    {
      property: "component",
      reason: `component: ${component.id} does not declare ${missing.join(", ")}; allowed: a chat-completion fine-tuning pipeline`,
    },
  ];
}

/** Limits of metrics that this component version does not measure. */
function gateFailures(component: RegistryComponent, { gate }: JobInputs): CheckFailure[] {
  if (hasEvaluationStep(component)) return [];
  return rougeLimits(gate).map(({ property, metric, limit }) => ({
    property: "gate",
    reason: `gate.${property}: seen ${limit}, but ${component.id} has no evaluation step, so no job logs ${metric}; allowed: only with a component version that has one, such as 0.0.78 (finetune.component.version)`,
  }));
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
