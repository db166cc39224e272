import { trainedTagNames } from "../../azureml/provenance";
import type { RequestFigures } from "../../azureml/requestFigures";
import type { StackConfig } from "../../config/stackConfig";
import type { StepView } from "../workspaceView/jobSteps";
import { type Changes, changesOf } from "./changes";
import type { JobFacts, WorkspaceFacts } from "./workspaceFacts";
import { type Costs, costsOf } from "./costs";
import { type Curve, curvesOf } from "./curves";
import type { DataFacts } from "./dataFacts";
import { type Evaluation, evaluationOf } from "./evaluation";
import { type Parameter, parametersOf } from "./parameters";
import type { Sample } from "./samples";
import type { ResourceFact, Rollout, ScoreFacts, StackFacts } from "./stackFacts";
import { assetText, metricText, timeText } from "./text";

/** Everything that a report shows, as plain data. A part that does not exist is absent. */
export interface Report {
  project: string;
  stack: string;
  /** Name of the workspace, its resource group and its region. */
  place: string;
  /** ms since 1970, by the service's clock. */
  createdAt: number;
  data?: DataFacts;
  baseModel?: string;
  training?: Training;
  evaluation?: Evaluation;
  curves: Curve[];
  samples: Sample[];
  /** Whether the report may show rows of the data. */
  showsRows: boolean;
  score: ScoreFacts;
  serving?: Serving;
  model?: { name: string; version: string; registry?: string };
  lineage: LineageStep[];
  costs: Costs;
  changes?: Changes;
  resources: ResourceFact[];
  problems: string[];
}

export interface Training {
  job: string;
  displayName: string;
  status: string;
  experiment: string;
  studioUrl: string;
  component: string;
  machines: string;
  submittedAt: string;
  startedAt: string;
  endedAt: string;
  /** From submission to start; absent before the start. */
  waitedMs?: number;
  tookMs?: number;
  /** Mean of the whole training; absent if the job logs none. */
  speed?: string;
  steps: StepView[];
  parameters: Parameter[];
  commit: string;
  by: string;
  /** Address of the pipeline's run. */
  run: string;
  error?: string;
  warnings: string[];
  /** Names of the earlier jobs in the curves. */
  earlier: string[];
}

export interface Serving {
  endpoint: string;
  state: string;
  authMode: string;
  scoringUri: string;
  deployments: ServedDeployment[];
  rollout?: Rollout;
}

export interface ServedDeployment {
  name: string;
  state: string;
  model: string;
  machines: string;
  traffic: number;
  mirrored: number;
  createdAt: string;
  /** Of the last day; absent if they could not be read. */
  figures?: RequestFigures;
}

/** One step from the data to what serves. */
export interface LineageStep {
  what: string;
  name: string;
  details: string[];
}

/**
 * Puts together what a report shows. Sends no request.
 * @param config of the stack; absent if it has mistakes.
 * @param showsRows whether rows of the data may be shown.
 */
export function reportOf(
  stack: StackFacts,
  facts: WorkspaceFacts,
  { config, showsRows }: { config: StackConfig | undefined; showsRows: boolean },
): Report {
  const { current, earlier, last, location, now } = facts;
  const training = current && trainingOf(current, stack, config, earlier);
  const serving = servingOf(stack, facts);
  const { workspaceName, resourceGroupName } = stack.workspace;
  const changes = current && changesOf(current, last);
  return {
    project: stack.project,
    stack: stack.stack,
    place: `workspace ${workspaceName} in ${resourceGroupName}, ${location}`,
    createdAt: now,
    ...(stack.data ? { data: stack.data } : {}),
    ...(stack.baseModel ? { baseModel: assetText(stack.baseModel) } : {}),
    ...(training ? { training } : {}),
    ...(current ? { evaluation: evaluationOf(current, stack.job?.evaluationRows ?? "") } : {}),
    curves: current ? curvesOf(current, earlier) : [],
    samples: showsRows ? facts.samples : [],
    showsRows,
    score: stack.score.kind === "shown" && !showsRows ? { kind: "hidden" } : stack.score,
    ...(serving ? { serving } : {}),
    ...(stack.model ? { model: stack.model } : {}),
    lineage: lineageOf(stack, facts),
    costs: costsOf(stack, facts, config),
    ...(changes ? { changes } : {}),
    resources: stack.resources,
    problems: facts.problems,
  };
}

function trainingOf(
  { job, times, steps, metrics }: NonNullable<WorkspaceFacts["current"]>,
  stack: StackFacts,
  config: StackConfig | undefined,
  earlier: readonly JobFacts[],
): Training {
  const { startedAt, endedAt, error, warnings = [] } = times ?? {};
  const submitted = Date.parse(job.createdAt);
  const size = stack.job?.size;
  const speed = speedOf(metrics.latest);
  return {
    job: job.name,
    displayName: job.displayName,
    status: job.status,
    experiment: job.experimentName,
    studioUrl: job.studioUrl,
    component: job.components.map(assetText).join(", "),
    machines: size ? `${size.nodes} × ${size.size}${size.lowPriority ? " (low priority)" : ""}` : "",
    submittedAt: timeText(job.createdAt),
    startedAt: timeText(startedAt),
    endedAt: timeText(endedAt),
    ...(startedAt !== undefined && Number.isFinite(submitted)
      ? { waitedMs: Math.max(0, startedAt - submitted) }
      : {}),
    ...(startedAt !== undefined && endedAt !== undefined ? { tookMs: endedAt - startedAt } : {}),
    ...(speed ? { speed } : {}),
    steps,
    parameters: parametersOf(stack.job?.parameters ?? {}, config, stack.baseModelTags),
    commit: job.tags[trainedTagNames.commit] ?? "",
    by: job.tags[trainedTagNames.by] ?? "",
    run: job.tags[trainedTagNames.run] ?? "",
    ...(error ? { error } : {}),
    warnings,
    earlier: earlier.map((one) => one.job.name),
  };
}

/** Azure ML's component logs samples, the local cloud's training also tokens. */
function speedOf({
  tokens_per_second: tokens,
  train_samples_per_second: rows,
}: Record<string, number>): string {
  const parts = [
    ...(tokens === undefined ? [] : [`${metricText(tokens)} tokens per second`]),
    ...(rows === undefined ? [] : [`${metricText(rows)} rows per second`]),
  ];
  return parts.join(", ");
}

function servingOf(
  { rollout }: StackFacts,
  { endpoint, deployments, figures }: WorkspaceFacts,
): Serving | undefined {
  if (!endpoint) return undefined;
  return {
    endpoint: endpoint.name,
    state: endpoint.state,
    authMode: endpoint.authMode,
    scoringUri: endpoint.scoringUri,
    deployments: deployments.map(({ name, state, model, instances, instanceType, createdAt }) => ({
      name,
      state,
      model: assetText(model),
      machines: `${instances} × ${instanceType}`,
      traffic: endpoint.traffic[name] ?? 0,
      mirrored: endpoint.mirrorTraffic[name] ?? 0,
      createdAt: timeText(createdAt),
      ...(figures[name] ? { figures: figures[name] } : {}),
    })),
    ...(rollout ? { rollout } : {}),
  };
}

function lineageOf(
  { data, baseModel, model: registered }: StackFacts,
  { current, model, endpoint, deployments }: WorkspaceFacts,
): LineageStep[] {
  const step = (
    what: string,
    name: string | undefined,
    ...details: (string | false | undefined)[]
  ): LineageStep[] =>
    name ? [{ what, name, details: details.filter((detail): detail is string => Boolean(detail)) }] : [];
  const { assets = {}, tags = {}, components = [] } = current?.job ?? {};
  const from = model?.tags.job;
  return [
    ...step("data set", data?.dataset, data && `revision ${data.revision}`),
    ...step("training data", assets.train_file_path && assetText(assets.train_file_path)),
    ...step("evaluation data", assets.validation_file_path && assetText(assets.validation_file_path)),
    ...step("base model", baseModel && assetText(baseModel)),
    ...step(
      "job",
      current?.job.name,
      ...components.map((component) => `component ${assetText(component)}`),
      tags.commit && `commit ${tags.commit}`,
      tags.trainedBy && `started by ${tags.trainedBy}`,
    ),
    ...step(
      "model",
      registered && `${registered.name}, version ${registered.version}`,
      registered?.registry && `of registry ${registered.registry}`,
      model && `registered ${timeText(model.createdAt)}`,
      from !== undefined && from !== current?.job.name && `from job ${from}`,
    ),
    ...deployments.flatMap(({ name, model: id }) =>
      step("deployment", name, assetText(id), `${endpoint?.traffic[name] ?? 0} % of the traffic`),
    ),
    ...step("endpoint", endpoint?.name),
  ];
}
