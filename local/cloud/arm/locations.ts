import { ArmError } from "../armError";
import { normalizeLocation } from "./body";

/** Display names of public regions that offer Azure Machine Learning. */
export const REGIONS: Readonly<Record<string, string>> = {
  australiaeast: "Australia East",
  brazilsouth: "Brazil South",
  canadacentral: "Canada Central",
  centralus: "Central US",
  eastus: "East US",
  eastus2: "East US 2",
  francecentral: "France Central",
  germanywestcentral: "Germany West Central",
  japaneast: "Japan East",
  northcentralus: "North Central US",
  northeurope: "North Europe",
  southcentralus: "South Central US",
  swedencentral: "Sweden Central",
  switzerlandnorth: "Switzerland North",
  uksouth: "UK South",
  westeurope: "West Europe",
  westus: "West US",
  westus2: "West US 2",
  westus3: "West US 3",
};

/** @throws ArmError 400 that lists the known regions */
export function knownLocation(location: string, type: string): string {
  const name = normalizeLocation(location);
  if (Object.hasOwn(REGIONS, name) || name === "global") return name;
  const message = `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${Object.keys(REGIONS).join(",")}'.`;
  throw new ArmError(400, "LocationNotAvailableForResourceType", message, { target: "location" });
}
