/** Percent of the requests by deployment. */
export type TrafficMap = Record<string, number>;

/**
 * Why a traffic map is not allowed, or undefined if it is: whole percentages from 0 to 100 for existing deployments
 * that sum to 0 or 100 [documented; inferred for the sum of 0, which is how an endpoint begins].
 */
export function trafficProblem(
  traffic: unknown,
  deployments: readonly string[],
  property: string,
): string | undefined {
  if (typeof traffic !== "object" || traffic === null || Array.isArray(traffic))
    return `${property} must be an object.`;
  let sum = 0;
  for (const [name, weight] of Object.entries(traffic)) {
    if (!deployments.some((deployment) => deployment.toLowerCase() === name.toLowerCase())) {
      const known = deployments.join(", ") || "none";
      return `${property} names the deployment "${name}", which does not exist; existing: ${known}.`;
    }
    if (typeof weight !== "number" || !Number.isInteger(weight) || weight < 0 || weight > 100) {
      return `${property}.${name} is ${JSON.stringify(weight)}, must be a whole number from 0 to 100.`;
    }
    sum += weight;
  }
  if (property.endsWith("mirrorTraffic")) {
    return sum > 50 ? `${property} sums to ${sum}, at most 50 percent can be mirrored.` : undefined;
  }
  return sum === 0 || sum === 100 ? undefined : `${property} sums to ${sum}, must sum to 0 or 100.`;
}

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
