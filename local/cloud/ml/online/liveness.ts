/**
 * The liveness of containers that serve. They live until a fault says otherwise: only then is there anything to wait for on
 * the clock, and it is memory only, as faults are.
 */
import type { Cloud } from "../../cloud";
import type { Fault } from "../../faults/fault";
import { planOf } from "./deploymentPlan";
import type { DeploymentRuntime } from "./deploymentRuntime";
import { startContainer } from "./deploymentStart";
import { DEPLOYMENT_TYPE } from "./endpoints";
import { probeOf } from "./probes";

export interface Liveness {
  /** A deployment's container serves: a fault that waits for it strikes. */
  serves(id: string): void;
  /** The deployment is deleted: nothing of it is asked any more. */
  gone(id: string): void;
}

/** States in which a deployment's container is there. */
const SERVING = ["Succeeded", "Updating"];

export function watchLiveness(cloud: Cloud, runtime: DeploymentRuntime): Liveness {
  const failing = new Map<string, AbortController>();
  const serves = (id: string): void => {
    const key = id.toLowerCase();
    if (failing.has(key) || !cloud.resources.get(id)) return;
    const fault = cloud.faults.strikes("containers", { path: id });
    if (!fault) return;
    const stop = new AbortController();
    failing.set(key, stop);
    failAndRestart(cloud, runtime, { id, fault, signal: stop.signal })
      // What a container that cannot be started says is in its log; it stays down until the deployment is updated.
      .catch((error: unknown) => stop.signal.aborted || cloud.log("deployments", `${id}: ${String(error)}`))
      .finally(() => void (failing.get(key) === stop && failing.delete(key)));
  };
  cloud.faults.onAdd(() => {
    for (const { id, properties } of cloud.resources.ofType(DEPLOYMENT_TYPE))
      if (SERVING.includes(String(properties["provisioningState"]))) serves(id);
  });
  const gone = (key: string): void => {
    failing.get(key)?.abort(new Error("the deployment is not served any more"));
    failing.delete(key);
  };
  cloud.onClose(() => [...failing.keys()].forEach(gone));
  return { serves, gone: (id) => gone(id.toLowerCase()) };
}

/**
 * The probe fails from its next turn on, a period from now; when it has failed as often as it may, the container is killed
 * and started as any other. Where the fault is cleared before, it goes on serving.
 */
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
  // As it is by now: it may have been updated meanwhile.
  const now = cloud.resources.get(id);
  if (now) await startContainer(cloud, runtime, now, signal);
}
