/** Prices of Azure's machine sizes: what the region reports, a small table, and what the configuration says instead. */

/** A pay-as-you-go price of one Linux machine. */
interface ListPrice {
  size: string;
  /** US dollars an hour, dedicated. */
  usdPerHour: number;
  /** Where the price was read. */
  sources: readonly string[];
}

/** The region of the table's prices. Other regions differ: the same catalogues list between 0 and 30 % more. */
const listRegion = "eastus";
/** Day on which the table was compared with its sources. They carry no date of their own. */
const listedOn = "2026-11-30";

/** Both are made from Azure's retail price API. All prices that are in both agree. */
const catalogue = "skypilot-org/skypilot-catalog, catalogs/v6/azure/vms.csv";
const mlCatalogue = "skypilot-org/skypilot-catalog, catalogs/v5/azure/az_ml_vms.csv";
const both = [catalogue, mlCatalogue];

/** The only table of prices in this project; see `priceOf` for what overrides it. */
export const listPrices: readonly ListPrice[] = [
  { size: "Standard_NC24ads_A100_v4", usdPerHour: 3.673, sources: both },
  { size: "Standard_NC48ads_A100_v4", usdPerHour: 7.346, sources: both },
  { size: "Standard_NC96ads_A100_v4", usdPerHour: 14.692, sources: both },
  { size: "Standard_NC40ads_H100_v5", usdPerHour: 6.98, sources: both },
  { size: "Standard_NC80adis_H100_v5", usdPerHour: 13.96, sources: both },
  { size: "Standard_ND96asr_v4", usdPerHour: 27.197, sources: both },
  { size: "Standard_ND96amsr_A100_v4", usdPerHour: 32.77, sources: both },
  { size: "Standard_ND96isr_H100_v5", usdPerHour: 98.32, sources: both },
  { size: "Standard_ND40rs_v2", usdPerHour: 22.032, sources: both },
  { size: "Standard_NC4as_T4_v3", usdPerHour: 0.526, sources: both },
  { size: "Standard_NC8as_T4_v3", usdPerHour: 0.752, sources: both },
  { size: "Standard_NC16as_T4_v3", usdPerHour: 1.204, sources: both },
  { size: "Standard_NC64as_T4_v3", usdPerHour: 4.352, sources: both },
  { size: "Standard_NC6s_v3", usdPerHour: 3.06, sources: both },
  { size: "Standard_NC12s_v3", usdPerHour: 6.12, sources: both },
  { size: "Standard_NC24s_v3", usdPerHour: 12.24, sources: both },
  { size: "Standard_NC24rs_v3", usdPerHour: 13.46, sources: both },
  { size: "Standard_NV36ads_A10_v5", usdPerHour: 3.2, sources: [catalogue] },
  { size: "Standard_NV72ads_A10_v5", usdPerHour: 6.52, sources: [catalogue] },
  // Public price lists differ between 0.19 and 0.293 for this size; the highest is used.
  { size: "Standard_DS3_v2", usdPerHour: 0.293, sources: ["price lists in public repositories"] },
];

/**
 * Price of a low-priority machine as a share of the dedicated one. Microsoft announced a fixed price for each size with a
 * discount of up to 80 % (azure.microsoft.com/blog, announcing-public-preview-of-azure-batch-low-priority-vms); Azure ML's
 * low-priority machines are the same offer. That the discount of every GPU size is 80 % is inferred. Spot prices, which
 * change, are another offer.
 */
const lowPriorityShare = 0.2;

/** The price of a size in Azure ML's list of sizes, in US dollars an hour. */
export interface RegionPrice {
  name: string;
  /** Absent if the service reports no price. */
  prices?: { dedicated?: number; lowPriority?: number };
}

/** Where prices come from, the first that has one: configuration, region, table. */
export interface PriceSources {
  /** `budget.prices`: price of a dedicated machine an hour, by size. */
  own: Readonly<Record<string, number>>;
  /** `budget.currency`. Region and table have US dollars only. */
  currency: string;
  /** The sizes that Azure ML lists for the region. */
  region: readonly RegionPrice[];
  /** The region's name. */
  location: string;
}

export interface Price {
  perHour: number;
  currency: string;
  /** Where it comes from, for people: `budget.prices`, `Azure ML's estimate for westeurope`. */
  origin: string;
}

type Tier = "dedicated" | "lowPriority";

/** The price of a machine an hour, or `undefined` if none is known in the configured currency. Size names ignore case. */
export function priceOf(size: string, tier: Tier, sources: PriceSources): Price | undefined {
  const { own, currency, region, location } = sources;
  const isSize = (name: string): boolean => name.toLowerCase() === size.toLowerCase();
  const share = tier === "lowPriority" ? lowPriorityShare : 1;
  const [, configured] = Object.entries(own).find(([name]) => isSize(name)) ?? [];
  if (configured !== undefined) return { perHour: configured * share, currency, origin: "budget.prices" };
  if (currency !== usd) return undefined;
  const { dedicated, lowPriority } = region.find(({ name }) => isSize(name))?.prices ?? {};
  const estimate = tier === "lowPriority" ? (lowPriority ?? multiple(dedicated, share)) : dedicated;
  if (estimate !== undefined)
    return { perHour: estimate, currency, origin: `Azure ML's estimate for ${location}` };
  const listed = listPrice(size);
  return listed === undefined
    ? undefined
    : { perHour: listed * share, currency, origin: `list price of ${listRegion}, ${listedOn}` };
}

/** The table's price of a dedicated machine in US dollars an hour. */
export function listPrice(size: string): number | undefined {
  return listPrices.find((row) => row.size.toLowerCase() === size.toLowerCase())?.usdPerHour;
}

/** Day and origin of the table, for people. */
export const listPricesAsOf = {
  date: listedOn,
  source: `list prices of Linux virtual machines in ${listRegion}`,
} as const;

export const usd = "USD";

const multiple = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;
