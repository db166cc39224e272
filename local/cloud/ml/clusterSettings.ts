/** The node settings in a cluster's resource. */
import type { ArmResource } from "../cloud";
import { durationMs } from "./duration";
import { ML } from "./workspace";

export const COMPUTE_TYPE = `${ML}/workspaces/computes`;

export const DEFAULT_IDLE = "PT120S";

export function clusterSettings(compute: ArmResource | undefined): Record<string, unknown> {
  return (compute?.properties["properties"] ?? {}) as Record<string, unknown>;
}

export function scaleOf(compute: ArmResource): { min: number; max: number; idleMs: number } {
  const scale = (clusterSettings(compute)["scaleSettings"] ?? {}) as Record<string, unknown>;
  const idle = String(scale["nodeIdleTimeBeforeScaleDown"] ?? DEFAULT_IDLE);
  return {
    min: Number(scale["minNodeCount"] ?? 0),
    max: Number(scale["maxNodeCount"] ?? 1),
    idleMs: durationMs(idle) ?? 0,
  };
}
