import type { ArmResource, Cloud } from "../../cloud";
import {
  deploymentWithinQuota,
  sizeOfferedForEndpoints,
  sizeOfferedInRegion,
  surgeReserve,
} from "../../rules/capacity";
import { coreQuotas } from "../quotas";
import { findSize } from "../sizes";

/** @throws ArmError `BadRequest` with the cause in `details`, as the service */
export function requireInstances(
  cloud: Cloud,
  location: string,
  required: { instanceType: string; instances: number; subscription: string },
  existing: ArmResource | undefined,
): void {
  const target = "properties.instanceType";
  const size = sizeOfferedInRegion(
    required.instanceType,
    location,
    target,
    existing?.properties["instanceType"],
  );
  sizeOfferedForEndpoints(size, location, target);
  const before = findSize(String(existing?.properties["instanceType"]));
  const reserved = before ? surgeReserve(before, Number(existing?.sku?.["capacity"] ?? 1)) : 0;
  const { instances, subscription } = required;
  for (const { limit, used, label } of coreQuotas(cloud, location, size.family, false)) {
    const own = label === "total" || before?.family === size.family ? reserved : 0;
    deploymentWithinQuota(size, instances, { limit, free: limit - used + own, subscription }, target);
  }
}
