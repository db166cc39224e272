/**
 * The virtual nodes of clusters, in memory only. Runs wait in order of arrival. Idle nodes are reused and
 * stop after `nodeIdleTimeBeforeScaleDown`.
 */
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import type { Fault } from "../faults/fault";
import { faultError } from "../faults/faults";
import { nodesWithinCluster } from "../rules/capacity";
import { scaleOf } from "./clusterSettings";

export interface NodeLease {
  nodes: string[];
  /** How many of the nodes had to be started. These have no image yet. */
  started: number;
  /** Aborts, with an ArmError as its reason, when the cluster is deleted. */
  lost: AbortSignal;
  release(): void;
  /** The service takes the nodes away. */
  preempt(): void;
}

interface Node {
  name: string;
  state: "preparing" | "idle" | "running" | "leaving";
  runId?: string;
  idleSince?: Date;
}

interface Waiter {
  count: number;
  runId: string | undefined;
  grant: (nodes: Node[]) => void;
  refuse: (error: unknown) => void;
}

interface Pool {
  nodes: Node[];
  queue: Waiter[];
  /** Ends the steps that run on the nodes. */
  lost: AbortController;
  serial: number;
  /** Nodes that were taken away and not replaced yet. */
  preempted: number;
  /** Why no nodes are available, as shown in the cluster's `errors`. */
  shortage?: { code: string; message: string };
}

const pools = new WeakMap<Cloud, Map<string, Pool>>();

function poolOf(cloud: Cloud, computeId: string): Pool {
  const all = pools.get(cloud) ?? new Map<string, Pool>();
  pools.set(cloud, all);
  const key = computeId.toLowerCase();
  const pool = all.get(key) ?? { nodes: [], queue: [], lost: new AbortController(), serial: 0, preempted: 0 };
  all.set(key, pool);
  return pool;
}

function nameOf(computeId: string): string {
  return computeId.split("/").at(-1) ?? computeId;
}

function findCluster(cloud: Cloud, computeId: string): ArmResource {
  const compute = cloud.resources.get(computeId);
  const name = nameOf(computeId);
  if (!compute) {
    const message = `The compute '${name}' was not found in the workspace. Create it and submit the job again.`;
    throw new ArmError(404, "ComputeNotFound", message, { target: computeId });
  }
  const state = compute.properties["provisioningState"];
  if (state === "Failed" || state === "Deleting") {
    const message = `The compute '${name}' cannot run jobs: its provisioning state is ${state}.`;
    throw new ArmError(409, "ComputeNotReady", message, { target: computeId });
  }
  return compute;
}

/** @throws ArmError if the cluster does not exist or is too small; the signal's reason when aborted */
export async function acquireNodes(
  cloud: Cloud,
  computeId: string,
  count: number,
  signal: AbortSignal,
  runId?: string,
): Promise<NodeLease> {
  const { max } = scaleOf(findCluster(cloud, computeId));
  nodesWithinCluster(nameOf(computeId), count, max);
  const fault = cloud.faults.strikes("allocations", { path: computeId });
  if (fault) await shortage(cloud, computeId, fault, signal);
  const pool = poolOf(cloud, computeId);
  const nodes = await takeInTurn(cloud, computeId, pool, { count, runId }, signal);
  const lease = {
    nodes: nodes.map(({ name }) => name),
    started: nodes.filter(({ state }) => state === "preparing").length,
    lost: pool.lost.signal,
    release: releaser(cloud, computeId, pool, nodes),
    preempt: () => {
      pool.nodes = pool.nodes.filter((node) => !nodes.includes(node));
      pool.preempted += nodes.length;
    },
  };
  try {
    const alive = AbortSignal.any([signal, lease.lost]);
    if (lease.started > 0) await cloud.clock.latency("node.start", alive);
    for (const node of nodes) node.state = "running";
    return lease;
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** Keeps the step in the queue until the fault `no-capacity` is cleared. */
async function shortage(cloud: Cloud, computeId: string, fault: Fault, signal: AbortSignal): Promise<void> {
  const pool = poolOf(cloud, computeId);
  const { code, message } = faultError(fault, 409, "AllocationFailed", "There is no capacity in the region.");
  pool.shortage = { code, message };
  try {
    await cloud.faults.untilCleared(fault, signal);
  } finally {
    delete pool.shortage;
  }
  findCluster(cloud, computeId);
}

/** The number of live nodes of a cluster, at least its minimum. */
export function nodeCount(cloud: Cloud, computeId: string): number {
  const compute = cloud.resources.get(computeId);
  return Math.max(compute ? scaleOf(compute).min : 0, poolOf(cloud, computeId).nodes.length);
}

/** The service's time of the last transition is left out: every refresh would look like a change. */
export function nodeState(cloud: Cloud, computeId: string): Record<string, unknown> {
  const pool = poolOf(cloud, computeId);
  const count = (state: Node["state"]): number => pool.nodes.filter((node) => node.state === state).length;
  const preparing = count("preparing");
  const live = nodeCount(cloud, computeId);
  return {
    allocationState: preparing + count("leaving") > 0 ? "Resizing" : "Steady",
    errors: pool.shortage ? [{ error: pool.shortage }] : null,
    currentNodeCount: live - preparing,
    targetNodeCount: live,
    nodeStateCounts: {
      idleNodeCount: count("idle") + live - pool.nodes.length,
      runningNodeCount: count("running"),
      preparingNodeCount: preparing,
      unusableNodeCount: 0,
      leavingNodeCount: count("leaving"),
      preemptedNodeCount: pool.preempted,
    },
  };
}

export function listNodes(cloud: Cloud, computeId: string): Array<Record<string, unknown>> {
  const pool = poolOf(cloud, computeId);
  // Also the minimum of a cluster on which nothing has run.
  serveQueue(cloud, computeId, pool);
  return pool.nodes.map(({ name, state, runId }, index) => ({
    nodeId: name,
    privateIpAddress: `10.0.0.${4 + index}`,
    publicIpAddress: null,
    port: 50_000 + index,
    nodeState: state,
    runId: runId ?? null,
  }));
}

/**
 * Removes a deleted cluster's nodes. Runs that wait for them or run on them fail: nodes and their disks are gone, and
 * no document describes another end (inferred).
 */
export function dropNodes(cloud: Cloud, computeId: string): void {
  const pool = poolOf(cloud, computeId);
  pools.get(cloud)?.delete(computeId.toLowerCase());
  const deleted = (when: string): ArmError =>
    new ArmError(
      409,
      "ComputeDeleted",
      `The compute '${nameOf(computeId)}' was deleted while the job ${when}.`,
    );
  for (const waiter of [...pool.queue]) waiter.refuse(deleted("waited for it"));
  pool.lost.abort(deleted("ran on it"));
}

function takeInTurn(
  cloud: Cloud,
  computeId: string,
  pool: Pool,
  request: { count: number; runId: string | undefined },
  signal: AbortSignal,
): Promise<Node[]> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const leave = (): void => {
      pool.queue = pool.queue.filter((other) => other !== waiter);
      signal.removeEventListener("abort", aborted);
    };
    const waiter: Waiter = {
      ...request,
      grant: (nodes) => {
        leave();
        resolve(nodes);
      },
      refuse: (error) => {
        leave();
        reject(error as Error);
      },
    };
    const aborted = (): void => {
      waiter.refuse(signal.reason);
      serveQueue(cloud, computeId, pool);
    };
    signal.addEventListener("abort", aborted, { once: true });
    pool.queue.push(waiter);
    serveQueue(cloud, computeId, pool);
  });
}

/** Grants nodes to the head of the queue as long as enough are available. */
function serveQueue(cloud: Cloud, computeId: string, pool: Pool): void {
  const compute = cloud.resources.get(computeId);
  if (!compute) return;
  const { min, max } = scaleOf(compute);
  while (pool.nodes.filter(({ state }) => state !== "leaving").length < min)
    pool.nodes.push(newNode(computeId, pool, "idle"));
  for (let head = pool.queue[0]; head; head = pool.queue[0]) {
    const busy = pool.nodes.filter(({ state }) => state !== "idle").length;
    if (max - busy < head.count) return;
    head.grant(take(computeId, pool, head));
  }
}

function newNode(computeId: string, pool: Pool, state: Node["state"]): Node {
  const serial = (++pool.serial).toString().padStart(4, "0");
  return { name: `tvmps_${nameOf(computeId)}_${serial}_d`, state };
}

function take(computeId: string, pool: Pool, { count, runId }: Waiter): Node[] {
  const warm = pool.nodes.filter(({ state }) => state === "idle").slice(0, count);
  for (const node of warm) node.state = "running";
  const fresh = Array.from({ length: count - warm.length }, () => newNode(computeId, pool, "preparing"));
  pool.nodes.push(...fresh);
  pool.preempted = Math.max(0, pool.preempted - fresh.length);
  const nodes = [...warm, ...fresh];
  for (const node of nodes) node.runId = runId;
  return nodes;
}

function releaser(cloud: Cloud, computeId: string, pool: Pool, nodes: Node[]): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const idleSince = cloud.clock.now();
    for (const node of nodes) Object.assign(node, { state: "idle", runId: undefined, idleSince });
    serveQueue(cloud, computeId, pool);
    scaleDown(cloud, computeId, pool, idleSince).catch((error: unknown) => {
      cloud.log("nodes", `scale-down of ${nameOf(computeId)} failed: ${String(error)}`);
    });
  };
}

/** Stops nodes that are still idle at the end of the idle time, down to the minimum. */
async function scaleDown(cloud: Cloud, computeId: string, pool: Pool, idleSince: Date): Promise<void> {
  const compute = cloud.resources.get(computeId);
  if (!compute) return;
  await cloud.clock.wait(scaleOf(compute).idleMs);
  // Between two steps of a job the node is idle for a moment. An idle time of zero must not stop it then.
  await new Promise((resolve) => setImmediate(resolve));
  const now = cloud.resources.get(computeId);
  const minimum = now ? scaleOf(now).min : 0;
  const leaving: Node[] = [];
  const staying = (): number => pool.nodes.filter(({ state }) => state !== "leaving").length;
  for (const node of pool.nodes) {
    if (staying() <= minimum) break;
    if (node.state !== "idle" || node.idleSince !== idleSince) continue;
    node.state = "leaving";
    leaving.push(node);
  }
  if (leaving.length === 0) return;
  await cloud.clock.latency("node.stop");
  pool.nodes = pool.nodes.filter((node) => !leaving.includes(node));
  serveQueue(cloud, computeId, pool);
}
