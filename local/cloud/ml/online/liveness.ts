/** Liveness of serving containers, in memory only. A container is alive until a fault says otherwise. */
import type { Cloud } from "../../cloud";
import type { Fault } from "../../faults/fault";
import { planOf } from "./deploymentPlan";
import type { DeploymentRuntime } from "./deploymentRuntime";
import { startContainer } from "./deploymentStart";
import { DEPLOYMENT_TYPE } from "./endpoints";
import { probeOf } from "./probes";

export interface Liveness {
  /** Call when a deployment's container onServing. A pending fault now applies to it. */
  onServing(id: string): void;
  /** Call when the deployment is deleted. Its probes end. */
  onDeleted(id: string): void;
}

/** States in which a deployment has a container. */
const SERVING = ["Succeeded", "Updating"];

export function watchLiveness(cloud: Cloud, runtime: DeploymentRuntime): Liveness {
  const failing = new Map<string, AbortController>();
  const onServing = (id: string): void => {
    const key = id.toLowerCase();
    if (failing.has(key) || !cloud.resources.get(id)) return;
    const fault = cloud.faults.strikes("containers", { path: id });
    if (!fault) return;
    const stop = new AbortController();
    failing.set(key, stop);
    failAndRestart(cloud, runtime, { id, fault, signal: stop.signal })
      // It stays down until the deployment is updated. The container's log has the reason.
      .catch((error: unknown) => stop.signal.aborted || cloud.log("deployments", `${id}: ${String(error)}`))
      .finally(() => void (failing.get(key) === stop && failing.delete(key)));
  };
  cloud.faults.onAdd(() => {
    for (const { id, properties } of cloud.resources.ofType(DEPLOYMENT_TYPE))
      if (SERVING.includes(String(properties["provisioningState"]))) onServing(id);
  });
  const onDeleted = (key: string): void => {
    failing.get(key)?.abort(new Error("the deployment is no longer served"));
    failing.delete(key);
  };
  cloud.onClose(() => [...failing.keys()].forEach(onDeleted));
  return { onServing, onDeleted: (id) => onDeleted(id.toLowerCase()) };
}

/** After `failureThreshold` failures the container is restarted, unless the fault is cleared before. */
async function failAndRestart(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  { id, fault, signal }: { id: string; fault: Fault; signal: AbortSignal },
): Promise<void> {
  const deployment = cloud.resources.get(id);
  if (!deployment) return;
  const { workspaceId } = planOf(cloud, deployment);
  const log = (line: string): void => runtime.log(workspaceId, id, line);
  const { periodMs, timeoutMs, failureThreshold } = probeOf(deployment.properties["livenessProbe"]);
  for (let failures = 1; failures <= failureThreshold; failures++) {
    await cloud.clock.wait(periodMs + (failures === 1 ? timeoutMs : 0), signal);
    if (!cloud.faults.list().some((other) => other.id === fault.id)) return log("Liveness probe: ok");
    log(`Liveness probe: failed (${failures} of ${failureThreshold})`);
  }
  runtime.kill(id);
  log("Liveness probe failed; the container is killed and started again");
  // Read it again: it may have been updated meanwhile.
  const now = cloud.resources.get(id);
  if (now) await startContainer(cloud, runtime, now, signal);
}
