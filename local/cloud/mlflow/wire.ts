import type { Workspace } from "../ml/workspace";
import type { Experiment, Metric, Run, Tracking } from "./tracking";

/** What a tracking route is given. */
export interface MlflowRequest {
  tracking: Tracking;
  workspace: Workspace;
  /** Query parameters and JSON body in one; the body wins. */
  input: Record<string, unknown>;
}

/** Registers one tracking route by its path below `api/2.0/mlflow/`. */
export type MlflowRoute = (
  method: "GET" | "POST" | "PATCH",
  path: string,
  handle: (request: MlflowRequest) => unknown,
) => void;

/** An error in MLflow's own shape. */
export class MlflowError extends Error {
  constructor(
    readonly status: number,
    readonly code:
      | "RESOURCE_DOES_NOT_EXIST"
      | "RESOURCE_ALREADY_EXISTS"
      | "INVALID_PARAMETER_VALUE"
      | "ENDPOINT_NOT_FOUND",
    message: string,
  ) {
    super(message);
    this.name = "MlflowError";
  }
}

export function runNotFound(id: string): MlflowError {
  return new MlflowError(404, "RESOURCE_DOES_NOT_EXIST", `Run with id=${id} not found.`);
}

export function invalidParameter(message: string): MlflowError {
  return new MlflowError(400, "INVALID_PARAMETER_VALUE", message);
}

export function wireExperiment(experiment: Experiment): Record<string, unknown> {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: "",
    lifecycle_stage: experiment.lifecycleStage,
    creation_time: experiment.createdAt,
    last_update_time: experiment.updatedAt,
    tags: wireMap(experiment.tags),
  };
}

/** `artifactUri` is what `mlflow` prefixes artifact paths with. */
export function wireRun(run: Run, latest: Metric[], artifactUri: string): Record<string, unknown> {
  return {
    info: wireInfo(run, artifactUri),
    data: { metrics: latest, params: wireMap(run.params), tags: wireMap(run.tags) },
  };
}

export function wireInfo(run: Run, artifactUri: string): Record<string, unknown> {
  return {
    run_uuid: run.id,
    run_id: run.id,
    run_name: run.name,
    experiment_id: run.experimentId,
    user_id: run.tags["mlflow.user"] ?? "",
    status: run.status,
    start_time: run.startTime,
    ...(run.endTime === undefined ? {} : { end_time: run.endTime }),
    artifact_uri: artifactUri,
    lifecycle_stage: run.lifecycleStage,
  };
}

function wireMap(map: Record<string, string>): Array<{ key: string; value: string }> {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}

/** `[{key, value}]` as a map; 400 for anything else. */
export function readPairs(value: unknown, what: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value)) throw invalidParameter(`${what} must be a list of {key, value}.`);
  return Object.fromEntries(value.map((pair: unknown) => readPair(pair, what)));
}

function readPair(pair: unknown, what: string): [string, string] {
  const { key, value } = (pair ?? {}) as { key?: unknown; value?: unknown };
  if (typeof key !== "string" || key === "") throw invalidParameter(`${what}: a key is missing.`);
  return [key, value === undefined || value === null ? "" : String(value)];
}

/** A logged metric; `value` may be a number or text such as "NaN". */
export function readMetric(value: unknown, now: number): Metric {
  const metric = (value ?? {}) as Record<string, unknown>;
  const key = metric["key"];
  const number = typeof metric["value"] === "string" ? Number(metric["value"]) : metric["value"];
  if (typeof key !== "string" || key === "") throw invalidParameter("A metric needs a key.");
  if (typeof number !== "number") throw invalidParameter(`Metric ${key}: value must be a number.`);
  return {
    key,
    value: number,
    timestamp: readInteger(metric["timestamp"], now),
    step: readInteger(metric["step"], 0),
  };
}

function readInteger(value: unknown, fallback: number): number {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? Math.trunc(number) : fallback;
}

/** A required text of the input, under the first of the names that is there; 400 INVALID_PARAMETER_VALUE otherwise. */
export function requiredText(input: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = input[name];
    if (typeof value === "string" && value !== "") return value;
  }
  throw invalidParameter(`Missing value for required parameter '${names[0]}'.`);
}
