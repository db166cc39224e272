import { getMetricHistory, getMlflowRun, type MetricPoint } from "../../azureml/clients/mlflow";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";

/** Metrics of a job or of one of its steps. */
export interface RunMetrics {
  /** Last value of each metric. */
  latest: Record<string, number>;
  /** Every value of the requested metrics that the run has logged, ordered by step. */
  series: Record<string, MetricPoint[]>;
}

/**
 * Metrics of a run. Empty if MLflow has no such run yet. The training step logs each value on itself and on the job, so the job's
 * name is enough for the curves of a training (PyPI azureml-acft-accelerator 0.0.91, utils/callbacks.py).
 * @param runId the job's name, or the id of a step.
 * @param wanted metrics whose history is read, one request each. Default: all that the run has.
 */
export async function readRunMetrics(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
  wanted?: readonly string[],
): Promise<RunMetrics> {
  const latest = (await getMlflowRun(session, ref, runId))?.metrics ?? {};
  const names = Object.keys(latest).filter((name) => wanted === undefined || wanted.includes(name));
  const series = await Promise.all(
    names.map(async (name) => [name, await getMetricHistory(session, ref, runId, name)] as const),
  );
  return { latest, series: Object.fromEntries(series) };
}
