/** What the runtime needs to know of a stored deployment. */
import type { ArmResource, BlobPath, Cloud } from "../../cloud";
import { pendingRequestsLimit } from "../../rules/lifecycle";
import { durationMs } from "../duration";
import { workspaceAround } from "../workspace";
import type { DeploymentPlan } from "./deploymentRuntime";

/** These settings were validated when the deployment was stored. */
function requestSettings(deployment: ArmResource): Record<string, unknown> {
  return deployment.properties["requestSettings"] as Record<string, unknown>;
}

/** The model that a deployment serves, its instances and its request limits. */
export function planOf(cloud: Cloud, deployment: ArmResource): DeploymentPlan {
  const instances = Number(deployment.sku?.["capacity"] ?? 1);
  const concurrent = instances * Number(requestSettings(deployment)["maxConcurrentRequestsPerInstance"]);
  return {
    id: deployment.id,
    workspaceId: workspaceAround(cloud, deployment.id)?.guid ?? "unknown",
    model: deployment.hidden?.["modelFolder"] as BlobPath,
    modelId: String(deployment.hidden?.["modelId"]),
    instances,
    limits: { concurrent, pending: pendingRequestsLimit(concurrent) },
  };
}

/** The deployment's request timeout in milliseconds. The service's default is five seconds. */
export function requestTimeoutMs(deployment: ArmResource): number {
  return durationMs(String(requestSettings(deployment)["requestTimeout"])) ?? 5000;
}
