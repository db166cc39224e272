/** The start of a deployment between its PUT and its first answer: machines, image, container, probes. */
import { ArmError } from "../../armError";
import type { ArmResource, Cloud } from "../../cloud";
import { faultError } from "../../faults/faults";
import { planOf } from "./deploymentPlan";
import type { DeploymentRuntime } from "./deploymentRuntime";
import { evaluateStart, killTimes, probeOf } from "./probes";

/** An update of a deployment that is already serving only applies the new plan. */
export async function provision(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  signal: AbortSignal,
): Promise<void> {
  const plan = planOf(cloud, deployment);
  if (!runtime.isLoaded(deployment.id)) {
    const { instanceType } = deployment.properties;
    runtime.log(
      plan.workspaceId,
      plan.id,
      `Starting ${plan.instances} instance(s) of ${String(instanceType)}`,
    );
    await cloud.clock.latency("deployment.create", signal);
    requireMachines(cloud, deployment.id);
    await cloud.clock.latency("image.pull", signal);
    await startContainer(cloud, runtime, deployment, signal);
  } else if (cloud.resources.get(deployment.id)) {
    await cloud.clock.during(() => runtime.apply(plan));
  }
}

export async function startContainer(
  cloud: Cloud,
  runtime: DeploymentRuntime,
  deployment: ArmResource,
  signal: AbortSignal,
): Promise<void> {
  const plan = planOf(cloud, deployment);
  const log = (line: string): void => runtime.log(plan.workspaceId, plan.id, line);
  const { readinessProbe, livenessProbe } = deployment.properties;
  const fault = cloud.faults.strikes("probes", { path: deployment.id });
  const answersMs = fault ? Infinity : cloud.clock.spanOf("container.start");
  const outcome = evaluateStart(answersMs, probeOf(readinessProbe), probeOf(livenessProbe));
  const kills = killTimes(outcome, probeOf(livenessProbe));
  for (const [index, afterMs] of kills.entries()) {
    await cloud.clock.wait(afterMs - (kills[index - 1] ?? 0), signal);
    log(`Liveness probe failed; the container is killed and started again (${index + 1} of ${kills.length})`);
  }
  await cloud.clock.wait(outcome.afterMs - (kills.at(-1) ?? 0), signal);
  if (outcome.failures > 0) log(`Readiness probe: failed ${outcome.failures} times`);
  // The deployment was deleted meanwhile, with its endpoint. Nothing is loaded for it.
  if (!cloud.resources.get(deployment.id)) return;
  if (outcome.ready) return cloud.clock.during(() => runtime.apply(plan));
  const { probe, failures, restarts } = outcome;
  const reason = `the ${probe} probe failed ${failures} times in a row${restarts > 0 ? `, and the container was restarted ${restarts} times` : ""}`;
  log(`ERROR ${reason}`);
  const advice = "Raise the probe's initialDelay, period or failureThreshold, and send the PUT again.";
  const message = `User container has crashed or terminated: ${reason}. ${advice} Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready`;
  throw fault
    ? faultError(fault, 400, "ResourceNotReady", message)
    : new ArmError(400, "ResourceNotReady", message);
}

function requireMachines(cloud: Cloud, path: string): void {
  const fault = cloud.faults.strikes("allocations", { path });
  if (!fault) return;
  const message =
    "The specified VM Size failed to provision due to a lack of Azure Machine Learning capacity. Retry later or try deploying to a different region.";
  throw faultError(fault, 409, "OutOfCapacity", message);
}
