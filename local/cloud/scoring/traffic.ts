/** Distributes an endpoint's requests by share of the traffic, in the same way in every run. */
import { createHash } from "node:crypto";

/** Percentage of the requests by deployment: whole numbers that sum to 0 or 100. */
export type TrafficMap = Record<string, number>;

/** The position of a request on two scales from 0 to 99: for the traffic and the mirrored traffic. */
export interface Points {
  live: number;
  mirror: number;
}

const SCALE = 100;
/**
 * Coprime to 100: any 100 consecutive requests cover every point once. Close to the golden ratio, which
 * spreads shares evenly. They differ, so that mirroring does not always copy the same deployment's requests.
 */
const LIVE_STEP = 61;
const MIRROR_STEP = 37;

/** Starts at a point derived from the endpoint's id, so that every run gets the same answers. */
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
