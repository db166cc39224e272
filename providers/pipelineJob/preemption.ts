import type { Run } from "../../azureml/clients/history";

/** How often the service may queue a job again after it took a node away, if the inputs do not say. */
export const defaultMaxPreemptions = 3;

/** Statuses before `Running` (Azure/azure-rest-api-specs, machineLearningServices: JobStatus). */
const waiting = /^(NotStarted|Starting|Provisioning|Preparing|Queued)$/i;

/**
 * Observes steps that ran and are waiting again. Azure ML restarts a preempted job on another node, in the same run
 * (microsoft/hi-ml, documentation page lowpriority; Azure/MachineLearningNotebooks#1575).
 */
export function createPreemptionWatch(): { observe(runs: readonly Run[]): Run[] } {
  const running = new Set<string>();
  return {
    observe(runs) {
      const preempted = runs.filter(({ runId, status }) => running.has(runId) && waiting.test(status));
      for (const { runId } of preempted) running.delete(runId);
      for (const { runId, status } of runs) if (status === "Running") running.add(runId);
      return preempted;
    },
  };
}

/**
 * Whether the error of a step is a preemption. Pipelines were also seen to fail instead of restarting, with `AzureMLCompute job
 * failed. PreemptionError: Nodes of this job got pre-empted` (Azure/MachineLearningNotebooks#1242, microsoft/MLOpsPython#346). Microsoft Learn,
 * how-to-use-low-priority-batch, says that a job whose whole cluster is preempted is canceled.
 */
export const isPreemption = (detail: string): boolean => /pre-?emption ?error|got pre-?empted/i.test(detail);
