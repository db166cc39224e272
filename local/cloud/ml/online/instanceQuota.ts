import type { ArmResource, Cloud } from "../../cloud";
import {
  deploymentWithinQuota,
  sizeOfferedForEndpoints,
  sizeOfferedInRegion,
  surgeReserve,
} from "../../rules/capacity";
import { dedicatedCores } from "../quotas";
import { findSize } from "../sizes";

/** @throws ArmError `BadRequest` with the cause in `details`, as the service */
export function requireInstances(
  cloud: Cloud,
  location: string,
  required: { instanceType: string; instances: number; subscription: string },
  existing: ArmResource | undefined,
): void {
  const target = "properties.instanceType";
  const size = sizeOfferedInRegion(required.instanceType, location, target);
  sizeOfferedForEndpoints(size, location, target);
  const { used, limit } = dedicatedCores(cloud, location, size.family);
  const before = findSize(String(existing?.properties["instanceType"]));
  const own =
    before?.family === size.family ? surgeReserve(before, Number(existing?.sku?.["capacity"] ?? 1)) : 0;
  const { instances, subscription } = required;
  deploymentWithinQuota(size, instances, { limit, free: limit - used + own, subscription }, target);
}
