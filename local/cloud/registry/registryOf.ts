import type { FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { pathParameters } from "../ml/request";
import { REGISTRY_NAME } from "./catalog";
import { REGISTRY_TYPE, registryRegions } from "./registries";

/** The built-in registry's ARM location. Clients learn it from discovery and never compute it. */
const BUILT_IN = {
  name: REGISTRY_NAME,
  subscription: "00000000-0000-0000-0000-0000000000f0",
  group: "registry-rg",
  location: "eastus",
  regions: ["eastus", "westeurope"],
};

export interface Registry {
  name: string;
  subscription: string;
  group: string;
  location: string;
  regions: string[];
  /** Absent for the built-in registry. */
  resource?: ArmResource;
}

/** By name: it is unique in the tenant. @throws ArmError 404 `RegistryNotFound` */
export function registryByName(cloud: Cloud, name: string): Registry {
  if (name.toLowerCase() === REGISTRY_NAME) return BUILT_IN;
  const resource = cloud.resources
    .ofType(REGISTRY_TYPE)
    .find((registry) => registry.name.toLowerCase() === name.toLowerCase());
  if (resource) {
    const [, , subscription = "", , group = ""] = resource.id.split("/");
    const { location = "" } = resource;
    return {
      name: resource.name,
      subscription,
      group,
      location,
      regions: registryRegions(resource),
      resource,
    };
  }
  const message = `Registry "${name}" was not found. The local cloud serves the registry "${REGISTRY_NAME}" and registries that were created in it.`;
  throw new ArmError(404, "RegistryNotFound", message);
}

export function registryOf(cloud: Cloud, request: FastifyRequest): Registry {
  return registryByName(cloud, pathParameters(request)["registry"] ?? "");
}
