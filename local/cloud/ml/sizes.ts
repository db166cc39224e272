/** Virtual machine sizes of Azure Machine Learning: their properties, regions and quota. */
import { normalizeLocation } from "../arm/body";

export interface VmSize {
  name: string;
  family: string;
  vCPUs: number;
  gpus: number;
  memoryGB: number;
  /** Local disk in MB. */
  maxResourceVolumeMB: number;
  /** US dollars an hour, dedicated Linux. Rounded list prices, for display only. */
  pricePerHour: number;
  endpoints: boolean;
  /** Whether endpoints need no additional 20 percent of quota for upgrades. */
  surgeExempt: boolean;
  /** YYYY-MM-DD. A retired size is not offered; what runs on it continues. */
  retired?: string;
}

type Row = [
  name: string,
  family: string,
  vCPUs: number,
  gpus: number,
  memoryGB: number,
  price: number,
  endpoints: "yes" | "exempt" | "no",
  retired?: string,
];

/**
 * Source: azure-ai-docs, reference-managed-online-endpoints-vm-sku-list; memory and prices from memory. Retirement dates:
 * MicrosoftDocs/azure-docs, articles/virtual-machines/sizes/migration-guides/nc-series-retirement.md and
 * articles/virtual-machines/ncv3-nc6s-nc12s-nc24s-retirement.md; Azure/EOL, service_list.json (NC24rs_v3).
 */
const TABLE: readonly Row[] = [
  ["Standard_NC6s_v3", "standardNCSv3Family", 6, 1, 112, 3.06, "yes", "2025-09-30"],
  ["Standard_NC12s_v3", "standardNCSv3Family", 12, 2, 224, 6.12, "yes", "2025-09-30"],
  ["Standard_NC24s_v3", "standardNCSv3Family", 24, 4, 448, 12.24, "yes", "2025-09-30"],
  ["Standard_NC24rs_v3", "standardNCSv3Family", 24, 4, 448, 13.46, "no", "2025-03-31"],
  ["Standard_NC6", "standardNCFamily", 6, 1, 56, 0.9, "no", "2023-09-06"],
  ["Standard_NC12", "standardNCFamily", 12, 2, 112, 1.8, "no", "2023-09-06"],
  ["Standard_NC24", "standardNCFamily", 24, 4, 224, 3.6, "no", "2023-09-06"],
  ["Standard_NC24r", "standardNCFamily", 24, 4, 224, 3.96, "no", "2023-09-06"],
  ["Standard_ND40rs_v2", "standardNDSv2Family", 40, 8, 672, 22.03, "exempt"],
  ["Standard_NC4as_T4_v3", "standard NCASv3_T4 Family", 4, 1, 28, 0.53, "yes"],
  ["Standard_NC8as_T4_v3", "standard NCASv3_T4 Family", 8, 1, 56, 0.75, "yes"],
  ["Standard_NC16as_T4_v3", "standard NCASv3_T4 Family", 16, 1, 110, 1.2, "yes"],
  ["Standard_NC64as_T4_v3", "standard NCASv3_T4 Family", 64, 4, 440, 4.35, "yes"],
  ["Standard_NC24ads_A100_v4", "standardNCADSA100v4Family", 24, 1, 220, 3.67, "exempt"],
  ["Standard_NC48ads_A100_v4", "standardNCADSA100v4Family", 48, 2, 440, 7.35, "exempt"],
  ["Standard_NC96ads_A100_v4", "standardNCADSA100v4Family", 96, 4, 880, 14.69, "exempt"],
  ["Standard_ND96asr_v4", "standard NDASv4_A100 Family", 96, 8, 900, 27.2, "exempt"],
  ["Standard_ND96amsr_A100_v4", "standard NDAMSv4_A100Family", 96, 8, 1900, 32.77, "exempt"],
  ["Standard_NC40ads_H100_v5", "standardNCADSH100v5Family", 40, 1, 320, 6.98, "exempt"],
  ["Standard_NC80adis_H100_v5", "standardNCADSH100v5Family", 80, 2, 640, 13.96, "exempt"],
  ["Standard_ND96is_H100_v5", "standardNDv5H100Family", 96, 8, 1900, 88.49, "exempt"],
  ["Standard_ND96isr_H100_v5", "standardNDv5H100Family", 96, 8, 1900, 98.32, "exempt"],
  ["Standard_DS1_v2", "standardDSv2Family", 1, 0, 3.5, 0.07, "no"],
  ["Standard_DS2_v2", "standardDSv2Family", 2, 0, 7, 0.15, "yes"],
  ["Standard_DS3_v2", "standardDSv2Family", 4, 0, 14, 0.29, "yes"],
  ["Standard_DS4_v2", "standardDSv2Family", 8, 0, 28, 0.58, "yes"],
  ["Standard_D12_v2", "standardDv2Family", 4, 0, 28, 0.37, "no"],
  ["Standard_D2as_v4", "standardDASv4Family", 2, 0, 8, 0.1, "yes"],
  ["Standard_D4as_v4", "standardDASv4Family", 4, 0, 16, 0.19, "yes"],
  ["Standard_E4s_v3", "standardESv3Family", 4, 0, 32, 0.25, "yes"],
  ["Standard_F4s_v2", "standardFSv2Family", 4, 0, 8, 0.17, "yes"],
];

const SIZES: readonly VmSize[] = TABLE.map(
  ([name, family, vCPUs, gpus, memoryGB, pricePerHour, endpoints, retired]) => ({
    name,
    family,
    vCPUs,
    gpus,
    memoryGB,
    maxResourceVolumeMB: vCPUs * 32 * 1024,
    pricePerHour,
    endpoints: endpoints !== "no",
    surgeExempt: endpoints === "exempt",
    ...(retired ? { retired } : {}),
  }),
);

/** Families that a region does not offer. Plausible values, not recorded ones. */
const NOT_OFFERED: Readonly<Record<string, readonly string[]>> = {
  brazilsouth: ["standardNDSv2Family", "standardNDv5H100Family", "standard NDAMSv4_A100Family"],
  canadacentral: ["standardNDSv2Family", "standard NDASv4_A100 Family", "standard NDAMSv4_A100Family"],
  francecentral: ["standardNDSv2Family", "standard NDAMSv4_A100Family"],
  northcentralus: ["standardNCADSA100v4Family", "standardNCADSH100v5Family", "standardNDv5H100Family"],
  northeurope: ["standardNDSv2Family", "standard NDASv4_A100 Family", "standardNDv5H100Family"],
  switzerlandnorth: ["standardNDSv2Family", "standard NDASv4_A100 Family"],
  uksouth: ["standardNDSv2Family", "standard NDAMSv4_A100Family", "standardNDv5H100Family"],
  westus: [
    "standardNCADSA100v4Family",
    "standardNDSv2Family",
    "standard NDASv4_A100 Family",
    "standardNDv5H100Family",
  ],
};

/** The sizes that a region offers for new resources. */
export function sizesIn(location: string): VmSize[] {
  const missing = new Set(NOT_OFFERED[normalizeLocation(location)] ?? []);
  return SIZES.filter(({ family, retired }) => !retired && !missing.has(family));
}

/** Any size, a retired one as well. */
export function findSize(name: string): VmSize | undefined {
  return SIZES.find((size) => size.name.toLowerCase() === name.toLowerCase());
}

export function describeSize(size: VmSize): Record<string, unknown> {
  const { name, family, vCPUs, gpus, memoryGB, maxResourceVolumeMB, pricePerHour } = size;
  const price = (vmTier: string, factor: number): Record<string, unknown> => ({
    retailPrice: Math.round(pricePerHour * factor * 1000) / 1000,
    osType: "Linux",
    vmTier,
  });
  return {
    name,
    family,
    vCPUs,
    gpus,
    osVhdSizeMB: 1_047_552,
    maxResourceVolumeMB,
    memoryGB,
    lowPriorityCapable: true,
    premiumIO: true,
    estimatedVMPrices: {
      billingCurrency: "USD",
      unitOfMeasure: "OneHour",
      values: [price("Standard", 1), price("LowPriority", 0.2)],
    },
    supportedComputeTypes: ["AmlCompute", "ComputeInstance"],
  };
}

/** Default quota of dedicated cores. For a family with 0 a user has to request quota [documented]. */
const QUOTA: Readonly<Record<string, number>> = {
  standardNCSv3Family: 48,
  standardNCFamily: 24,
  standardNDSv2Family: 80,
  "standard NCASv3_T4 Family": 64,
  standardNCADSA100v4Family: 96,
  "standard NDASv4_A100 Family": 96,
  "standard NDAMSv4_A100Family": 96,
  standardNCADSH100v5Family: 80,
  standardNDv5H100Family: 0,
};
const CPU_QUOTA = 100;

/** Quota of low-priority cores, for all families together. */
const LOW_PRIORITY_QUOTA = 300;

/** Quota of dedicated cores of a region, for all families together. */
const TOTAL_DEDICATED_QUOTA = 1000;

export const TOTAL_DEDICATED = "TotalDedicatedCores";
export const TOTAL_LOW_PRIORITY = "TotalLowPriorityCores";

/** Quota of dedicated cores of a family, or one of the totals. Values set by `updateQuotas` take precedence. */
export function quotaOf(family: string, overrides: Readonly<Record<string, number>> = {}): number {
  const defaults: Readonly<Record<string, number>> = {
    ...QUOTA,
    [TOTAL_DEDICATED]: TOTAL_DEDICATED_QUOTA,
    [TOTAL_LOW_PRIORITY]: LOW_PRIORITY_QUOTA,
  };
  return overrides[family.toLowerCase()] ?? defaults[family] ?? CPU_QUOTA;
}

export function familiesIn(location: string): string[] {
  return [...new Set(sizesIn(location).map(({ family }) => family))];
}

/** The name of a family in texts: `standardNCSv3Family` becomes `Standard NCSv3`. */
export function familyLabel(family: string): string {
  const words = family
    .replace(/^standard\s*/i, "")
    .replace(/\s*Family$/i, "")
    .trim();
  return `Standard ${words}`;
}
