/** How a stored deployment is to be served. */
import type { ArmResource, BlobPath, Cloud } from "../../cloud";
import { pendingRequestsLimit } from "../../rules/lifecycle";
import { durationMs } from "../duration";
import { workspaceAround } from "../workspace";
import type { DeploymentPlan } from "./deploymentRuntime";

/** Checked when the deployment was stored. */
function requestSettings(deployment: ArmResource): Record<string, unknown> {
  return deployment.properties["requestSettings"] as Record<string, unknown>;
}

/** What a deployment serves, and how much at a time. */
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

/** How long a request may take, in milliseconds; the service's default is five seconds. */
export function requestTimeoutMs(deployment: ArmResource): number {
  return durationMs(String(requestSettings(deployment)["requestTimeout"])) ?? 5000;
}
