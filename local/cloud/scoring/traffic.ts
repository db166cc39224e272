/** Percent of the requests by deployment. */
export type TrafficMap = Record<string, number>;

/**
 * The deployment that answers a request: by its share of the traffic.
 * @param random from 0 up to, not including, 1.
 * @returns undefined if no deployment has a positive share.
 */
export function pickDeployment(traffic: TrafficMap, random: number): string | undefined {
  const shares = Object.entries(traffic).filter(([, weight]) => weight > 0);
  const total = shares.reduce((sum, [, weight]) => sum + weight, 0);
  let point = random * total;
  for (const [name, weight] of shares) {
    if (point < weight) return name;
    point -= weight;
  }
  return shares.at(-1)?.[0];
}
