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
  const response = await session.http({
    method,
    url: `${workspace.mlflowUrl}/api/2.0/mlflow/${path}`,
    query: input.query,
    body: input.body,
    what,
    scope: session.cloud.armScope,
    accept: [404],
  });
  return response.status === 404 ? undefined : response.body;
}

/**
 * A run with the last value of each metric. Returns `undefined` if MLflow has no such run yet. The id is the
 * job's name.
 */
export async function getMlflowRun(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
): Promise<MlflowRun | undefined> {
  const body = (await call(session, ref, "GET", "runs/get", `metrics of "${runId}"`, {
    query: { run_uuid: runId, run_id: runId },
  })) as { run?: RunDocument } | undefined;
  return body?.run && parseRun(body.run);
}

function parseRun(run: RunDocument): MlflowRun {
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

/** One logged value of a metric. */
export interface MetricPoint {
  step: number;
  value: number;
  /** ms since 1970. */
  at: number;
}

interface HistoryPage {
  metrics?: Array<{ value: number | string; step?: number | string; timestamp?: number | string }>;
  next_page_token?: string;
}

/** MLflow's own clients request this many values at a time (PyPI mlflow-skinny 2.22.0, tracking/_tracking_service/client.py). */
const historyPage = 25_000;

/**
 * Every logged value of a metric, ordered by step, then by time. Empty if the run or the metric does not exist. Values that are no
 * numbers are left out.
 */
export async function getMetricHistory(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
  metric: string,
): Promise<MetricPoint[]> {
  const points: MetricPoint[] = [];
  let token: string | undefined;
  do {
    const page = (await call(session, ref, "GET", "metrics/get-history", `metric ${metric} of "${runId}"`, {
      query: {
        run_uuid: runId,
        run_id: runId,
        metric_key: metric,
        max_results: historyPage,
        ...(token ? { page_token: token } : {}),
      },
    })) as HistoryPage | undefined;
    for (const { value, step, timestamp } of page?.metrics ?? [])
      points.push({ step: Number(step ?? 0), value: Number(value), at: Number(timestamp ?? 0) });
    token = page?.next_page_token;
  } while (token);
  return points.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.step - b.step || a.at - b.at);
}
