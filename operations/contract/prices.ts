import { listPrice, listPricesAsOf } from "../../azureml/prices";

/**
 * Sizes that the probes use, with their list price in US dollars an hour. Prices differ by region: the plan shows the region's
 * own estimate instead where the service reports one.
 */
export const sizes = {
  cpu: listed("Standard_DS3_v2"),
  gpu: listed("Standard_NC24ads_A100_v4"),
} as const;

function listed(name: string): { name: string; usdPerHour: number } {
  const usdPerHour = listPrice(name);
  if (usdPerHour === undefined) throw new Error(`azureml/prices.ts has no price of ${name}`);
  return { name, usdPerHour };
}

/** When the table was written, and from what. */
export const pricesAsOf = listPricesAsOf;

/** Storage, key vault and requests of a whole run, generously. */
export const smallChangeUsd = 0.02;
