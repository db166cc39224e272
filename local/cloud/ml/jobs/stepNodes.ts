/** The nodes that a step runs on. */
import type { Cloud } from "../../cloud";
import { jobWithinQuota } from "../../rules/capacity";
import { clusterSettings } from "../clusterSettings";
import { acquireNodes, type NodeLease } from "../nodes";
import { coreQuotas } from "../quotas";
import { findSize } from "../sizes";
import { executionLog, type JobContext } from "./jobRecord";
import type { PipelineSpec } from "./pipelineSpec";
import type { PlannedStep } from "./plan";
import { type CheckedJob, computeNameOf, literal } from "./validateJob";

export interface StepRun {
  step: PlannedStep;
  spec: PipelineSpec;
  checked: CheckedJob;
  folder: string;
}

/** Dedicated nodes are never preempted. */
export function isLowPriority({ cloud, workspace }: JobContext, { spec, step }: StepRun): boolean {
  const compute = literal(spec, step.compute) ?? "serverless";
  if (compute === "serverless") return false;
  const cluster = cloud.resources.get(`${workspace.id}/computes/${computeNameOf(compute)}`);
  return clusterSettings(cluster).vmPriority === "LowPriority";
}

/** Undefined for serverless compute. */
export async function waitForNodes(
  context: JobContext,
  run: StepRun,
  runId: string,
  signal: AbortSignal,
): Promise<NodeLease | undefined> {
  const { cloud, workspace } = context;
  await cloud.clock.latency("step.queue", signal);
  const compute = literal(run.spec, run.step.compute) ?? "serverless";
  if (compute === "serverless") {
    await cloud.clock.latency("node.start", signal);
    await cloud.clock.latency("image.pull", signal);
    return undefined;
  }
  const nodes =
    run.step.name === "chat_completion_finetune" ? Number(literal(run.spec, "num_nodes_finetune") ?? 1) : 1;
  const computeId = `${workspace.id}/computes/${computeNameOf(compute)}`;
  requireCores(cloud, computeId, nodes);
  const lease = await acquireNodes(cloud, computeId, nodes, signal, runId);
  executionLog(context, `${run.step.name} runs on ${lease.nodes.join(", ")}`);
  try {
    if (lease.started > 0) await cloud.clock.latency("image.pull", AbortSignal.any([signal, lease.lost]));
  } catch (error) {
    lease.release();
    throw error;
  }
  return lease;
}

function requireCores(cloud: Cloud, computeId: string, nodes: number): void {
  const compute = cloud.resources.get(computeId);
  const { vmSize, vmPriority } = clusterSettings(compute);
  const size = findSize(String(vmSize));
  const lowPriority = vmPriority === "LowPriority";
  if (size) jobWithinQuota(size, nodes, coreQuotas(cloud, compute?.location ?? "", size.family, lowPriority));
}
