/** Share of an endpoint's requests by deployment name, in whole per cent. */
export type TrafficPlan = Readonly<Record<string, number>>;

/**
 * The traffic of a finished roll-out: everything to one deployment. Azure ML wants the shares to be whole numbers that
 * add up to 100 (or to 0: nobody is served).
 */
export function allTrafficTo(deploymentName: string): TrafficPlan {
  return { [deploymentName]: 100 };
}
