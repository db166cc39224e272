import { valueFor, type PerEnvironment } from "../environments";
import { at, listOf, type ResourceRule } from "../rule";
import { types } from "../types";

/** Regions of the United States and of Europe; `global` is the region of resources without one. */
const allowedRegions: PerEnvironment<string[]> = {
  other: [
    ...["eastus", "eastus2", "northcentralus", "southcentralus", "westus", "westus3"],
    ...["francecentral", "germanywestcentral", "northeurope", "swedencentral", "switzerlandnorth", "uksouth"],
    ...["westeurope", "global"],
  ],
};

export const regions: ResourceRule = {
  kind: "resource",
  name: "regions",
  description: "Resources are in regions that their environment allows.",
  types: [types.anyAzure],
  settings: { allowed: listOf("Regions by environment.", allowedRegions) },
  check({ props }, { environment }, { allowed }) {
    const location = at(props, "location");
    if (typeof location !== "string") return [];
    const regions = valueFor(environment, allowed as Partial<Record<string, string[]>>, allowedRegions);
    // Azure accepts "East US 2" for eastus2.
    if (regions.includes(location.toLowerCase().replace(/\s/g, ""))) return [];
    return [
      {
        property: "location",
        seen: location,
        allowed: regions.join(", "),
        remedy:
          "Set azure-native:location to one of them, or allow the region in the configuration of this policy.",
      },
    ];
  },
};
