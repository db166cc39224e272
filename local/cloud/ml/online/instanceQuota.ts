import { ArmError, type ArmResource, type Cloud } from "../../cloud";
import { dedicatedCores } from "../quotas";
import { findSize, offeredSize, sizesIn } from "../sizes";

/** Endpoints reserve a fifth more cores for upgrades, some GPU families excepted [documented]. */
const SURGE = 1.2;

/**
 * The size must be offered in the region and for endpoints, and the family's quota must have room for the instances.
 * @throws ArmError 400 as the service words it: `BadRequest` with the cause in `details`.
 */
export function requireInstances(
  cloud: Cloud,
  location: string,
  wanted: { instanceType: string; instances: number; subscription: string },
  existing: ArmResource | undefined,
): void {
  const target = "properties.instanceType";
  const size = offeredSize(wanted.instanceType, location, target);
  if (!size.endpoints) {
    const list = sizesIn(location)
      .filter((candidate) => candidate.endpoints)
      .map((candidate) => candidate.name);
    const message = `The size '${size.name}' is not supported for managed online endpoints. Supported in ${location}: ${list.join(", ")}.`;
    throw new ArmError(400, "BadRequest", message, { target });
  }
  const cores = (instances: number): number =>
    size.vCPUs * (size.surgeExempt ? instances : Math.ceil(instances * SURGE));
  const { used, limit } = dedicatedCores(cloud, location, size.family);
  const own = findSize(String(existing?.properties["instanceType"]))?.family === size.family;
  const free = limit - used + (own ? cores(Number(existing?.sku?.["capacity"] ?? 1)) : 0);
  const needed = cores(wanted.instances);
  if (needed <= free) return;
  const problem =
    `Not enough quota available for ${size.name} in SubscriptionId ${wanted.subscription}. ` +
    `Current usage/limit: ${limit - free}/${limit}. Additional needed: ${needed} ` +
    "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota";
  throw new ArmError(400, "BadRequest", `The request is invalid. ${problem}`, {
    target,
    details: [
      {
        code: "InferencingClientCreateDeploymentFailed",
        message: `InferencingClient HttpRequest error, error detail: ${JSON.stringify({ errors: { VmSize: [problem] } })}`,
      },
    ],
  });
}
