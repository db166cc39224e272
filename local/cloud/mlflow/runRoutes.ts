import { randomUUID } from "node:crypto";
import type { Cloud } from "../cloud";
import type { Artifacts } from "../history/artifacts";
import { experimentById } from "./experimentRoutes";
import { ordered, parseFilter } from "./filter";
import { inView, readRun } from "./searchable";
import type { Metric, Run, RunStatus, Tracking } from "./tracking";
import {
  invalidParameter,
  readMetric,
  readPairs,
  pageOf,
  requiredText,
  runNotFound,
  wireInfo,
  wireMetric,
  wireRun,
  without,
  type MlflowRequest,
  type MlflowRoute,
} from "./wire";

/** MLflow's default page sizes of a search and of a metric's history. */
const SEARCH_PAGE = 1000;
const HISTORY_PAGE = 25_000;
const LOGGED_MODELS = "mlflow.log-model.history";
const NEWEST_FIRST = ["start_time DESC", "run_id ASC"];
const STATUSES: readonly RunStatus[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/** `runs/*`, `metrics/*` and `artifacts/*` of the tracking API. */
export function registerRuns(route: MlflowRoute, cloud: Cloud, artifacts: Artifacts): void {
  registerReading(route, artifacts);
  registerLifecycle(route, cloud, artifacts);
  registerLogging(route, cloud);
}

function registerReading(route: MlflowRoute, artifacts: Artifacts): void {
  route("GET", "runs/get", ({ tracking, workspace, input }) => {
    const run = existingRun(tracking, input);
    return { run: wireRun(run, tracking.latest(run.id), artifacts.uri(workspace, run.experimentId, run.id)) };
  });
  route("POST", "runs/search", (request) => search(request, artifacts));
  route("GET", "metrics/get-history", ({ tracking, input }) => {
    const run = existingRun(tracking, input);
    const history = tracking.history(run.id, requiredText(input, "metric_key"));
    const { page, next } = pageOf(history, input, HISTORY_PAGE);
    return { metrics: page.map(wireMetric), ...next };
  });
  // MLflow 3 clients search for logged models. There are none here [inferred].
  route("POST", "logged-models/search", () => ({ models: [] }));
}

function search({ tracking, workspace, input }: MlflowRequest, artifacts: Artifacts): unknown {
  const experiments = input["experiment_ids"];
  const matches = parseFilter(String(input["filter"] ?? ""), readRun);
  const candidates = tracking
    .runs()
    .filter(
      (run) =>
        !Array.isArray(experiments) || experiments.length === 0 || experiments.includes(run.experimentId),
    )
    .filter((run) => inView(run, input["run_view_type"]))
    .map((run) => ({ run, latest: tracking.latest(run.id) }))
    .filter(matches);
  const orderBy = Array.isArray(input["order_by"]) ? input["order_by"].map(String) : [];
  const found = ordered(candidates, [...orderBy, ...NEWEST_FIRST], readRun);
  const { page, next } = pageOf(found, input, SEARCH_PAGE);
  return {
    runs: page.map(({ run, latest }) =>
      wireRun(run, latest, artifacts.uri(workspace, run.experimentId, run.id)),
    ),
    ...next,
  };
}

function registerLifecycle(route: MlflowRoute, cloud: Cloud, artifacts: Artifacts): void {
  route("POST", "runs/create", ({ tracking, workspace, input }) => {
    const experiment = experimentById(tracking, requiredText(input, "experiment_id"));
    const tags = readPairs(input["tags"], "tags");
    const id = randomUUID();
    const run: Run = {
      id,
      name: String(input["run_name"] ?? tags["mlflow.runName"] ?? id),
      experimentId: experiment.id,
      status: "RUNNING",
      startTime: Number(input["start_time"] ?? cloud.clock.now().getTime()),
      lifecycleStage: "active",
      params: {},
      tags: { "mlflow.rootRunId": tags["mlflow.parentRunId"] ?? id, ...tags },
    };
    tracking.putRun(run);
    return { run: wireRun(run, [], artifacts.uri(workspace, run.experimentId, id)) };
  });
  route("POST", "runs/update", ({ tracking, workspace, input }) => {
    const run = existingRun(tracking, input);
    const status = input["status"] === undefined ? run.status : readStatus(input["status"]);
    const endTime = input["end_time"] === undefined ? run.endTime : Number(input["end_time"]);
    const name = typeof input["run_name"] === "string" ? input["run_name"] : run.name;
    const updated: Run = { ...run, status, name, ...(endTime === undefined ? {} : { endTime }) };
    tracking.putRun(updated);
    return { run_info: wireInfo(updated, artifacts.uri(workspace, run.experimentId, run.id)) };
  });
  edit(route, "delete", () => ({ lifecycleStage: "deleted" }));
  edit(route, "restore", () => ({ lifecycleStage: "active" }));
}

function edit(
  route: MlflowRoute,
  call: string,
  change: (run: Run, input: Record<string, unknown>) => Partial<Run>,
): void {
  route("POST", `runs/${call}`, ({ tracking, input }) => {
    const run = existingRun(tracking, input);
    tracking.putRun({ ...run, ...change(run, input) });
    return {};
  });
}

function registerLogging(route: MlflowRoute, cloud: Cloud): void {
  const now = (): number => cloud.clock.now().getTime();
  route("POST", "runs/log-metric", ({ tracking, input }) => {
    tracking.log(existingRun(tracking, input).id, [readMetric(input, now())]);
    return {};
  });
  route("POST", "runs/log-parameter", ({ tracking, input }) => {
    const run = existingRun(tracking, input);
    addParams(tracking, run, { [requiredText(input, "key")]: String(input["value"] ?? "") });
    return {};
  });
  edit(route, "set-tag", ({ tags }, input) => ({
    tags: { ...tags, [requiredText(input, "key")]: String(input["value"] ?? "") },
  }));
  edit(route, "delete-tag", ({ tags }, input) => ({ tags: without(tags, requiredText(input, "key")) }));
  route("POST", "runs/log-batch", (request) => {
    logBatch(request, now());
    return {};
  });
  // Azure ML's plugin logs this way with `synchronous=False` and then polls.
  route("POST", "preview/runs/log-batch-async", (request) => {
    const metrics = logBatch(request, now());
    return { batch_tracking_id: metrics.length > 0 ? randomUUID() : "" };
  });
  route("GET", "preview/runs/get-run-data-status", ({ tracking, input }) => {
    existingRun(tracking, input);
    requiredText(input, "batch_tracking_id");
    return { is_complete: true };
  });
  // MLflow's own server keeps the list in this tag; the client reads it from there.
  edit(route, "log-model", ({ tags }, input) => {
    const before = JSON.parse(tags[LOGGED_MODELS] ?? "[]") as unknown[];
    const added = parseObject(requiredText(input, "model_json"), "model_json");
    return { tags: { ...tags, [LOGGED_MODELS]: JSON.stringify([...before, added]) } };
  });
  edit(route, "log-inputs", ({ datasets = [] }, input) => {
    const given = input["datasets"] ?? [];
    if (!Array.isArray(given)) throw invalidParameter("datasets must be a list.");
    return { datasets: [...datasets, ...given] };
  });
}

function parseObject(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(`${what} must be a JSON document.`);
  }
}

function logBatch({ tracking, input }: MlflowRequest, now: number): Metric[] {
  const run = existingRun(tracking, input);
  const list = input["metrics"] ?? [];
  if (!Array.isArray(list)) throw invalidParameter("metrics must be a list.");
  const metrics = list.map((metric: unknown) => readMetric(metric, now));
  addParams(
    tracking,
    { ...run, tags: { ...run.tags, ...readPairs(input["tags"], "tags") } },
    readPairs(input["params"], "params"),
  );
  tracking.log(run.id, metrics);
  return metrics;
}

/** Adds parameters. The same value again is accepted, another value is refused. */
function addParams(tracking: Tracking, run: Run, params: Record<string, string>): void {
  for (const [key, value] of Object.entries(params)) {
    const old = run.params[key];
    if (old === undefined || old === value) continue;
    throw invalidParameter(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for run ID='${run.id}'. Attempted logging new value '${value}'.`,
    );
  }
  tracking.putRun({ ...run, params: { ...run.params, ...params } });
}

function existingRun(tracking: Tracking, input: Record<string, unknown>): Run {
  const id = requiredText(input, "run_id", "run_uuid");
  const run = tracking.run(id);
  if (!run) throw runNotFound(id);
  return run;
}

function readStatus(value: unknown): RunStatus {
  const status = STATUSES.find((candidate) => candidate === value);
  if (!status) throw invalidParameter(`status is "${String(value)}", allowed: ${STATUSES.join(", ")}.`);
  return status;
}
