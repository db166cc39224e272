import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyOf, textAt } from "../arm/body";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { nodeProperties, stepProperties } from "../ml/jobs/childJob";
import { stateOf, type JobRecord, type RunError } from "../ml/jobs/jobRecord";
import { findRun, type JobRun } from "../ml/jobs/jobRuns";
import { pathParameters } from "../ml/request";
import { workspaceOf, WORKSPACE_ROUTE, type Workspace } from "../ml/workspace";
import type { Tracking, TrackingOf } from "../mlflow/tracking";
import { RUN } from "../strict/bodies";
import { accepts, members, PAGING } from "../strict/declaration";
import { registerArtifactRoutes } from "./artifactRoutes";
import type { Artifacts } from "./artifacts";
import { changedByHistory } from "./changeRun";
import type { LogFiles } from "./logFiles";
import { historyType, outputsDto, registerResolvedUris } from "./runOutputs";

const query = ["api-version"];
const RUN_DATA = accepts("a run with its outputs", {
  query,
  readOnly: true,
  body: members("runId", "selectRunMetadata", "selectRunDefinition", "selectJobSpecification"),
});
const ONE = accepts("a run", { query });
const CHANGE = accepts("change a run", { query, body: RUN });
const PARTS = accepts("details or children of a run", { query: [...query, ...PAGING] });

/** Run history (`/history/v1.0{workspace}/runs/…`): runs, their details with log URLs, and their children. */
export function registerHistory(
  app: FastifyInstance,
  cloud: Cloud,
  trackingOf: TrackingOf,
  logs: LogFiles,
  artifacts: Artifacts,
): void {
  void app.register(async (scope) => {
    answerInHistoryShape(scope, cloud);
    registerArtifactRoutes(scope, cloud, trackingOf, artifacts);
    registerResolvedUris(scope, cloud);
    // The SDK requests this before it downloads a job's outputs: the run with the outputs' addresses.
    scope.post(`/history/v1.0${WORKSPACE_ROUTE}/rundata`, RUN_DATA, async (request) => {
      const workspace = workspaceOf(cloud, request);
      const runId = textAt(bodyOf(request), "runId") ?? "";
      const found = findRun(cloud, workspace, runId);
      const outputs = outputsDto(workspace, found);
      const runMetadata = { ...runDto(trackingOf(workspace.guid), found), outputs };
      return { runMetadata, runDefinition: null, jobSpecification: null };
    });
    const runOf = (request: FastifyRequest): { workspace: Workspace; run: JobRun } => {
      const workspace = workspaceOf(cloud, request);
      return { workspace, run: findRun(cloud, workspace, pathParameters(request)["run"] ?? "") };
    };
    const runs = `/history/v1.0${WORKSPACE_ROUTE}/runs/:run`;
    scope.get(runs, ONE, async (request) => {
      const { workspace, run } = runOf(request);
      return runDto(trackingOf(workspace.guid), run);
    });
    scope.get(`${runs}/details`, PARTS, async (request) => {
      const { workspace, run } = runOf(request);
      return detailsDto(workspace, logs, run);
    });
    scope.get(`${runs}/children`, PARTS, async (request) => {
      const { workspace, run } = runOf(request);
      const value = childrenOf(run).map((child) => runDto(trackingOf(workspace.guid), child));
      return { value, continuationToken: null, nextLink: null };
    });
    const inExperiment = `/history/v1.0${WORKSPACE_ROUTE}/experiments/:experiment/runs/:run`;
    scope.patch(inExperiment, CHANGE, async (request) => {
      const { workspace, run } = runOf(request);
      if (run.step ?? run.node)
        throw new ArmError(400, "UserError", "A step of a pipeline cannot be changed.");
      const job = changedByHistory(run.job, bodyOf(request));
      cloud.resources.put(job);
      return runDto(trackingOf(workspace.guid), { ...run, job });
    });
  });
}

/** The children of a job's run are its node's run, and the children of that are the steps. */
function childrenOf(run: JobRun): JobRun[] {
  const { job, record, node } = run;
  if (node) return record.steps.map((step) => ({ job, record, step }));
  return !run.step && record.node ? [{ job, record, node: record.node }] : [];
}

function parentOf({ job, record, step, node }: JobRun): string | null {
  if (step) return record.node?.runId ?? job.name;
  return node ? job.name : null;
}

function propertiesOf({ job, step, node }: JobRun): unknown {
  if (step) return stepProperties(job, step);
  return node ? nodeProperties(job, node) : (job.properties["properties"] ?? {});
}

function runDto(tracking: Tracking, run: JobRun): Record<string, unknown> {
  const { job, record, step } = run;
  const child = step ?? run.node;
  const { runId, rootRunId } = { runId: child?.runId ?? job.name, rootRunId: job.name };
  const times = child ?? record;
  return {
    runNumber: 1,
    rootRunId,
    runId,
    runUuid: runId,
    rootRunUuid: rootRunId,
    parentRunId: parentOf(run),
    parentRunUuid: parentOf(run),
    experimentId: tracking.run(runId)?.experimentId ?? null,
    dataContainerId: `dcid.${runId}`,
    displayName: child?.name ?? job.properties["displayName"],
    name: child?.name ?? job.properties["displayName"],
    description: child ? null : (job.properties["description"] ?? null),
    status: child?.status ?? stateOf(job),
    createdUtc: record.createdTime,
    startTimeUtc: times.startTime ?? null,
    endTimeUtc: times.endTime ?? null,
    runType: step ? "azureml.StepRun" : "azureml.PipelineRun",
    target: step?.compute ?? null,
    error: errorDto(times.error, times.endTime),
    warnings: [],
    tags: child ? {} : (job.properties["tags"] ?? {}),
    properties: propertiesOf(run),
    hidden: job.properties["isArchived"] === true,
  };
}

function detailsDto(workspace: Workspace, logs: LogFiles, run: JobRun): Record<string, unknown> {
  const { job, record, step } = run;
  const child = step ?? run.node;
  const runId = child?.runId ?? job.name;
  const { startTime, endTime, error } = child ?? record;
  return {
    runId,
    target: step?.compute ?? null,
    status: child?.status ?? stateOf(job),
    startTimeUtc: startTime ?? null,
    endTimeUtc: endTime ?? null,
    duration: startTime && endTime ? secondsBetween(startTime, endTime) : null,
    services: {},
    warnings: [],
    error: errorDto(error, endTime),
    properties: propertiesOf(run),
    inputs: child ? {} : inputsDto(record),
    inputDatasets: [],
    outputDatasets: [],
    outputs: outputsDto(workspace, run),
    logFiles: logs.urls(workspace.guid, runId),
  };
}

/** Inputs and outputs are maps of typed references. Newer SDKs fail on an empty list instead. */
function inputsDto(record: JobRecord): Record<string, unknown> {
  const entries = Object.entries(record.spec.inputs).flatMap(([name, input]) =>
    input.kind === "asset" ? [[name, { assetId: input.uri, type: historyType(input.type) }] as const] : [],
  );
  return Object.fromEntries(entries);
}

function secondsBetween(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function errorDto(error: RunError | undefined, time: string | undefined): Record<string, unknown> | null {
  if (!error) return null;
  return {
    error: {
      code: error.code,
      severity: null,
      message: error.message,
      messageFormat: error.message,
      messageParameters: {},
      referenceCode: null,
      detailsUri: null,
      target: null,
      details: error.details ?? [],
      innerError: null,
      debugInfo: null,
      additionalInfo: null,
    },
    correlation: null,
    environment: null,
    location: null,
    time: time ?? null,
    componentName: "local",
  };
}

/** Run history has its own error body. */
function answerInHistoryShape(scope: FastifyInstance, cloud: Cloud): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const known = error instanceof ArmError;
    if (!known)
      cloud.log(
        "history",
        `${request.method} ${request.url.split("?")[0]}: ${String((error as Error).stack)}`,
      );
    const status = known ? error.status : 500;
    const code = known ? (error.status === 404 ? "UserError" : error.code) : "ServiceError";
    const message = error instanceof Error ? error.message : String(error);
    const innerError = known && error.status === 404 ? { code: "NotFoundError", innerError: null } : null;
    return reply
      .code(status)
      .headers(known ? (error.extra.headers ?? {}) : {})
      .send({
        error: { code, severity: null, message, messageFormat: message, messageParameters: {}, innerError },
        correlation: { operation: null, request: request.correlationId },
        environment: "local",
        location: "local",
        time: cloud.clock.now().toISOString(),
        componentName: "run-history",
      });
  });
}
