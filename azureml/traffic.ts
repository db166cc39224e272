/** Share of an endpoint's requests by deployment name, in whole per cent. */
export type TrafficPlan = Readonly<Record<string, number>>;

/**
 * The traffic of a finished roll-out: everything to one deployment. Azure ML wants the shares to be whole numbers that
 * add up to 100 (or to 0: nobody is served).
 */
export function allTrafficTo(deploymentName: string): TrafficPlan {
  return { [deploymentName]: 100 };
}

/**
 * What is wrong with a traffic plan, or nothing. `deployments`, where given, are the names that exist: traffic to any
 * other name is refused by the service.
 */
export function trafficMistakes(plan: TrafficPlan, deployments?: readonly string[]): string[] {
  const mistakes: string[] = [];
  for (const [name, share] of Object.entries(plan)) {
    if (!Number.isInteger(share) || share < 0 || share > 100)
      mistakes.push(`${name}: ${share} is not a whole percentage from 0 to 100`);
    if (deployments && !deployments.includes(name) && share !== 0)
      mistakes.push(`${name}: there is no such deployment (there are: ${deployments.join(", ") || "none"})`);
  }
  const sum = Object.values(plan).reduce((total, share) => total + share, 0);
  if (sum !== 0 && sum !== 100)
    mistakes.push(`the shares add up to ${sum}; allowed: 100, or 0 for no traffic`);
  return mistakes;
}
