/** How an endpoint's requests are shared out among its deployments: by the share of each, and the same way in every run. */
import { createHash } from "node:crypto";

/** Percent of the requests by deployment: whole numbers that sum to 0 or 100. */
export type TrafficMap = Record<string, number>;

/** Where one request falls on two scales from 0 to 99: that of the traffic, and that of the mirrored traffic. */
export interface Points {
  live: number;
  mirror: number;
}

const SCALE = 100;
/**
 * Steps along the scales. They have no divisor in common with 100, so that every 100 requests in a row fall on every
 * point once: the shares are exact over any hundred. And they are near the golden section (and its complement), which
 * spreads each share evenly over the hundred; two different ones, so that the mirrored requests are not always those of
 * the same deployment.
 */
const LIVE_STEP = 61;
const MIRROR_STEP = 37;

/**
 * The points of an endpoint's requests, one after the other. Where the sequence begins follows from the endpoint's id, and
 * it begins anew with each start of the cloud: a run with the same requests has the same answers. (A count that is kept
 * would cost a write with every request, and make a run depend on those before it.)
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

/** The deployment whose share covers a point; undefined where none does. */
export function pickDeployment(traffic: TrafficMap, point: number): string | undefined {
  let end = 0;
  for (const [name, percent] of Object.entries(traffic)) {
    end += percent;
    if (point < end) return name;
  }
  return undefined;
}
