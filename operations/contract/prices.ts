/**
 * Sizes that the probes use, with a rounded list price in US dollars an hour (dedicated, Linux). Prices differ by
 * region and change: the plan shows the region's own estimate instead where the service reports one
 * (`estimatedVMPrices` of VirtualMachineSizes_List, Azure/azure-rest-api-specs).
 */
export const sizes = {
  cpu: { name: "Standard_DS3_v2", usdPerHour: 0.29 },
  gpu: { name: "Standard_NC24ads_A100_v4", usdPerHour: 3.67 },
} as const;

/** When the table was written, and from what. */
export const pricesAsOf = {
  date: "2026-11-30",
  source:
    "approximate list prices of Linux virtual machines, see azure.microsoft.com/pricing/details/virtual-machines/linux",
} as const;

/** Storage, key vault and requests of a whole run, generously. */
export const smallChangeUsd = 0.02;
