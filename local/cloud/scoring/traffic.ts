/**
 * Distributes an endpoint's requests over its deployments by their share of the traffic, in the same way in
 * every run.
 */
import { createHash } from "node:crypto";

/** Percentage of the requests by deployment: whole numbers that sum to 0 or 100. */
export type TrafficMap = Record<string, number>;

/**
 * The position of one request on two scales from 0 to 99: one for the traffic, one for the mirrored traffic.
 */
export interface Points {
  live: number;
  mirror: number;
}

const SCALE = 100;
/**
 * Steps along the scales, coprime to 100: any 100 consecutive requests cover every point once, so the shares
 * are exact. Close to the golden ratio, which spreads each share evenly. They differ, so that mirroring does
 * not always copy the requests of the same deployment.
 */
const LIVE_STEP = 61;
const MIRROR_STEP = 37;

/**
 * The sequence starts at a point derived from the endpoint's id and starts over with each start of the cloud,
 * so that the same requests get the same answers in every run.
 */
export function createPoints(): (endpointId: string) => Points {
  const counts = new Map<string, number>();
  return (endpointId) => {
    const key = endpointId.toLowerCase();
    const count = counts.get(key) ?? 0;
    counts.set(key, (count + 1) % SCALE);
    const [live = 0, mirror = 0] = createHash("sha256").update(key).digest();
    return { live: (live + count * LIVE_STEP) % SCALE, mirror: (mirror + count * MIRROR_STEP) % SCALE };
  };
}

/** The deployment whose share covers a point, or undefined if there is none. */
export function pickDeployment(traffic: TrafficMap, point: number): string | undefined {
  let end = 0;
  for (const [name, percent] of Object.entries(traffic)) {
    end += percent;
    if (point < end) return name;
  }
  return undefined;
}
