import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { normalizeLocation } from "./body";
import { accepts } from "../strict/declaration";

interface Region {
  displayName: string;
  regionalDisplayName: string;
  geography: string;
  paired: string;
  latitude: string;
  longitude: string;
}

const region = (
  displayName: string,
  group: string,
  geography: string,
  paired: string,
  latitude: string,
  longitude: string,
): Region => ({
  displayName,
  regionalDisplayName: `(${group}) ${displayName}`,
  geography,
  paired,
  latitude,
  longitude,
});

/** Public regions that offer Azure Machine Learning, with their real names. */
export const REGIONS: Readonly<Record<string, Region>> = {
  australiaeast: region(
    "Australia East",
    "Asia Pacific",
    "Australia",
    "australiasoutheast",
    "-33.86",
    "151.2094",
  ),
  brazilsouth: region("Brazil South", "South America", "Brazil", "southcentralus", "-23.55", "-46.633"),
  canadacentral: region("Canada Central", "Canada", "Canada", "canadaeast", "43.653", "-79.383"),
  centralus: region("Central US", "US", "United States", "eastus2", "41.5908", "-93.6208"),
  eastus: region("East US", "US", "United States", "westus", "37.3719", "-79.8164"),
  eastus2: region("East US 2", "US", "United States", "centralus", "36.6681", "-78.3889"),
  francecentral: region("France Central", "Europe", "France", "francesouth", "46.3772", "2.373"),
  germanywestcentral: region(
    "Germany West Central",
    "Europe",
    "Germany",
    "germanynorth",
    "50.110924",
    "8.682127",
  ),
  japaneast: region("Japan East", "Asia Pacific", "Japan", "japanwest", "35.68", "139.77"),
  northcentralus: region("North Central US", "US", "United States", "southcentralus", "41.8819", "-87.6278"),
  northeurope: region("North Europe", "Europe", "Europe", "westeurope", "53.3478", "-6.2597"),
  southcentralus: region("South Central US", "US", "United States", "northcentralus", "29.4167", "-98.5"),
  swedencentral: region("Sweden Central", "Europe", "Sweden", "swedensouth", "60.67488", "17.14127"),
  switzerlandnorth: region(
    "Switzerland North",
    "Europe",
    "Switzerland",
    "switzerlandwest",
    "47.451542",
    "8.564572",
  ),
  uksouth: region("UK South", "Europe", "United Kingdom", "ukwest", "50.941", "-0.799"),
  westeurope: region("West Europe", "Europe", "Europe", "northeurope", "52.3667", "4.9"),
  westus: region("West US", "US", "United States", "eastus", "37.783", "-122.417"),
  westus2: region("West US 2", "US", "United States", "westcentralus", "47.233", "-119.852"),
  westus3: region("West US 3", "US", "United States", "eastus", "33.448376", "-112.074036"),
};

/** @throws ArmError 400 that lists the known regions */
export function knownLocation(location: string, type: string): string {
  const name = normalizeLocation(location);
  if (name in REGIONS || name === "global") return name;
  const message = `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${Object.keys(REGIONS).join(",")}'.`;
  throw new ArmError(400, "LocationNotAvailableForResourceType", message, { target: "location" });
}

const REGIONS_PATH = "/subscriptions/:subscriptionId/locations";
const REGIONS_ROUTE = accepts("regions", { query: ["includeExtendedLocations"] });

export function registerLocations(app: FastifyInstance, _cloud: Cloud): void {
  app.get<{ Params: { subscriptionId: string } }>(REGIONS_PATH, REGIONS_ROUTE, (request) => ({
    value: Object.entries(REGIONS).map(([name, entry]) => ({
      id: `/subscriptions/${request.params.subscriptionId}/locations/${name}`,
      name,
      type: "Region",
      displayName: entry.displayName,
      regionalDisplayName: entry.regionalDisplayName,
      metadata: {
        regionType: "Physical",
        regionCategory: "Recommended",
        geography: entry.geography,
        longitude: entry.longitude,
        latitude: entry.latitude,
        pairedRegion: [
          {
            name: entry.paired,
            id: `/subscriptions/${request.params.subscriptionId}/locations/${entry.paired}`,
          },
        ],
      },
    })),
  }));
}
