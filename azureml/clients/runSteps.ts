import { listChildRuns, type Run } from "./history";
import type { AzureSession } from "./session";
import type { WorkspaceRef } from "./workspaces";

/** Pipelines inside pipelines; today's component has one level below the job's node. */
const maxDepth = 4;

/**
 * The steps of a job: the runs below it that contain no other runs. The job's only node is a pipeline component, so the
 * job's run has one child, and the steps are children of that one. (Azure/azureml-assets, assets/aml-benchmark,
 * utils/online_endpoint/online_endpoint_model.py: the steps of a fine-tuned run are the children of its first child.)
 * That a pipeline inside a pipeline has the run type of a pipeline is known from PyPI azure-ml-component 0.9.18, run.py; an
 * only child is therefore also searched whatever its type.
 */
export async function listSteps(
  session: AzureSession,
  ref: WorkspaceRef,
  runId: string,
  depth = maxDepth,
): Promise<Run[]> {
  const children = await listChildRuns(session, ref, runId);
  const steps = await Promise.all(
    children.map(async (child) => {
      const isSearched = child.runType === "azureml.PipelineRun" || children.length === 1;
      const below = isSearched && depth > 1 ? await listSteps(session, ref, child.runId, depth - 1) : [];
      return below.length > 0 ? below : [child];
    }),
  );
  return steps.flat();
}
