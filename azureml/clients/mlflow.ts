import type { AzureSession } from "./session";
import { getWorkspace, type WorkspaceRef } from "./workspaces";

export interface MlflowRun {
  runId: string;
  experimentId: string;
  /** RUNNING, SCHEDULED, FINISHED, FAILED, KILLED. */
  status: string;
  /** Last value of each metric. */
  metrics: Record<string, number>;
  /** Step of that last value. */
  steps: Record<string, number>;
  params: Record<string, string>;
  tags: Record<string, string>;
}

export interface MetricPoint {
  step: number;
  value: number;
  /** Epoch ms. */
  timestamp: number;
}

interface RunDocument {
  info?: { run_id?: string; run_uuid?: string; experiment_id?: string; status?: string };
  data?: {
    metrics?: Array<{ key: string; value: number; step?: number | string; timestamp?: number | string }>;
    params?: Array<{ key: string; value: string }>;
    tags?: Array<{ key: string; value: string }>;
  };
}

async function call(
  session: AzureSession,
  ref: WorkspaceRef,
  method: "GET" | "POST",
  path: string,
  what: string,
  input: { query?: Record<string, string | number>; body?: unknown },
): Promise<unknown> {
  const workspace = await getWorkspace(session, ref);
  const answer = await session.http({
    method,
    url: `${workspace.mlflowUrl}/api/2.0/mlflow/${path}`,
    query: input.query,
    body: input.body,
    what,
    scope: session.cloud.armScope,
    accept: [404],
  });
  return answer.status === 404 ? undefined : answer.body;
}

/** A run with the last value of each metric; `undefined` while tracking does not know it. The id is the job's name. */
export async function getMlflowRun(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
): Promise<MlflowRun | undefined> {
  const body = (await call(session, ref, "GET", "runs/get", `metrics of "${runId}"`, {
    query: { run_uuid: runId, run_id: runId },
  })) as { run?: RunDocument } | undefined;
  return body?.run && runOf(body.run);
}

/** All values of one metric, in order of step and time. */
export async function getMetricHistory(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
  metric: string,
): Promise<MetricPoint[]> {
  const body = (await call(session, ref, "GET", "metrics/get-history", `metric ${metric} of "${runId}"`, {
    query: { run_uuid: runId, run_id: runId, metric_key: metric, max_results: 25_000 },
  })) as
    { metrics?: Array<{ value: number; step?: number | string; timestamp?: number | string }> } | undefined;
  return (body?.metrics ?? [])
    .map((point) => ({
      step: Number(point.step ?? 0),
      value: Number(point.value),
      timestamp: Number(point.timestamp ?? 0),
    }))
    .sort((a, b) => a.step - b.step || a.timestamp - b.timestamp);
}

/** The steps' runs of a pipeline job (`tags.mlflow.rootRunId`), without the root itself. */
export async function searchChildRuns(
  session: AzureSession,
  ref: WorkspaceRef,
  root: Pick<MlflowRun, "runId" | "experimentId">,
): Promise<MlflowRun[]> {
  const body = (await call(session, ref, "POST", "runs/search", `step runs of "${root.runId}"`, {
    body: {
      experiment_ids: [root.experimentId],
      filter: `tags.mlflow.rootRunId='${root.runId.replace(/'/g, "''")}'`,
      run_view_type: "ACTIVE_ONLY",
      max_results: 1000,
    },
  })) as { runs?: RunDocument[] } | undefined;
  return (body?.runs ?? []).map(runOf).filter((run) => run.runId !== root.runId);
}

function runOf(run: RunDocument): MlflowRun {
  const metrics = (run.data?.metrics ?? []).filter((metric) => Number.isFinite(Number(metric.value)));
  const pairs = (list: Array<{ key: string; value: string }> | undefined): Record<string, string> =>
    Object.fromEntries((list ?? []).map(({ key, value }) => [key, value]));
  return {
    runId: run.info?.run_id ?? run.info?.run_uuid ?? "",
    experimentId: run.info?.experiment_id ?? "",
    status: run.info?.status ?? "",
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, Number(value)])),
    steps: Object.fromEntries(metrics.map(({ key, step }) => [key, Number(step ?? 0)])),
    params: pairs(run.data?.params),
    tags: pairs(run.data?.tags),
  };
}
