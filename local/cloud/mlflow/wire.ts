import type { Workspace } from "../ml/workspace";
import type { Experiment, Metric, Run, Tracking } from "./tracking";

/** A parsed tracking request. */
export interface MlflowRequest {
  tracking: Tracking;
  workspace: Workspace;
  input: Record<string, unknown>;
}

/** `path` is below `api/2.0/mlflow/`; one that starts with `preview/` below `api/2.0/preview/mlflow/`. */
export type MlflowRoute = (
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  handle: (request: MlflowRequest) => unknown,
) => void;

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

/** `artifactUri` is the address that `mlflow` prepends to artifact paths. */
export function wireRun(run: Run, latest: Metric[], artifactUri: string): Record<string, unknown> {
  return {
    info: wireInfo(run, artifactUri),
    data: { metrics: latest.map(wireMetric), params: wireMap(run.params), tags: wireMap(run.tags) },
    inputs: { dataset_inputs: run.datasets ?? [] },
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

/** JSON has no NaN and no infinities. MLflow writes them as text. */
export function wireMetric(metric: Metric): Record<string, unknown> {
  const { value } = metric;
  return { ...metric, value: Number.isFinite(value) ? value : String(value) };
}

/** `page_token` is the start of a page, `max_results` its length. @throws MlflowError 400 */
export function pageOf<T>(
  items: readonly T[],
  input: Record<string, unknown>,
  defaultSize: number,
): { page: T[]; next: { next_page_token?: string } } {
  const from = pageNumber(input, "page_token", 0);
  const end = from + pageNumber(input, "max_results", defaultSize, 1);
  const next = end < items.length ? { next_page_token: String(end) } : {};
  return { page: items.slice(from, end), next };
}

function pageNumber(input: Record<string, unknown>, name: string, defaultValue: number, least = 0): number {
  const given = input[name];
  if (given === undefined || given === null || given === "") return defaultValue;
  const number = Number(given);
  if (Number.isInteger(number) && number >= least) return number;
  throw invalidParameter(`Invalid value ${JSON.stringify(given)} for parameter '${name}'.`);
}

export function without(tags: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key));
}

function wireMap(map: Record<string, string>): Array<{ key: string; value: string }> {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}

/** Parses `[{key, value}]` to a map. @throws MlflowError 400 for anything else */
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

/** Parses a logged metric. `value` may be a number, or text such as "NaN". */
export function readMetric(value: unknown, now: number): Metric {
  const metric = (value ?? {}) as Record<string, unknown>;
  const key = metric["key"];
  const text = metric["value"];
  const number = typeof text === "string" ? Number(text.replace(/^(-?)inf$/i, "$1Infinity")) : text;
  if (typeof key !== "string" || key === "") throw invalidParameter("A metric requires a key.");
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

export function requiredText(input: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = input[name];
    if (typeof value === "string" && value !== "") return value;
  }
  throw invalidParameter(`Missing value for required parameter '${names[0]}'.`);
}
