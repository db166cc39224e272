/** What the deletion of a deployment means for its endpoint's traffic. */
import type { ArmResource, Cloud } from "../../cloud";
import { deploymentWithTrafficNotDeletable } from "../../rules/traffic";
import type { TrafficMap } from "../../scoring/traffic";

export function endpointIdOf(deploymentId: string): string {
  return deploymentId.replace(/\/deployments\/[^/]+$/i, "");
}

/** Members that contain traffic: as requested, and as it is until the endpoint's operation has ended. */
const ASKED = ["traffic", "mirrorTraffic"];
const LIVE = ["liveTraffic", "liveMirrorTraffic"];

/** @throws ArmError 409 while the deployment receives traffic, or is about to */
export function refuseWithTraffic(cloud: Cloud, deployment: ArmResource): void {
  const endpoint = cloud.resources.get(endpointIdOf(deployment.id));
  const requested = shareOf(endpoint?.properties["traffic"], deployment.name);
  const live = shareOf(endpoint?.hidden?.["liveTraffic"], deployment.name);
  deploymentWithTrafficNotDeletable(deployment.name, Math.max(requested, live));
}

function shareOf(traffic: unknown, name: string): number {
  const shares = Object.entries((traffic ?? {}) as TrafficMap);
  return shares.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1] ?? 0;
}

/** Removes a deleted deployment from the live and the mirrored traffic. */
export function dropFromTraffic(cloud: Cloud, deployment: ArmResource): void {
  const endpoint = cloud.resources.get(endpointIdOf(deployment.id));
  if (!endpoint) return;
  const { properties, hidden } = endpoint;
  cloud.resources.put({
    ...endpoint,
    properties: { ...properties, ...without(properties, ASKED, deployment.name) },
    hidden: { ...hidden, ...without(hidden ?? {}, LIVE, deployment.name) },
  });
}

function without(
  members: Record<string, unknown>,
  names: readonly string[],
  deleted: string,
): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const shares = members[name] as TrafficMap | undefined;
      if (!shares) return [];
      const left = Object.entries(shares).filter(([other]) => other.toLowerCase() !== deleted.toLowerCase());
      return [[name, Object.fromEntries(left)]];
    }),
  );
}
