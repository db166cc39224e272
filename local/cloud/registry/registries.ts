/** Azure ML registries as ARM resources, each with its managed resource group: storage by region and a container registry. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { invalid, isObject, type Json, objectAt, requiredText, textAt } from "../arm/body";
import { knownLocation } from "../arm/locations";
import { registerArmType } from "../arm/type";
import type { ArmTypeSpec, PutContext } from "../arm/typeSpec";
import type { ArmResource } from "../cloud";
import type { Core } from "../core";
import { ML } from "../ml/workspace";
import { NAMES, registryNameUnique } from "../rules/names";
import { REGISTRY_NAME } from "./catalog";

export const REGISTRY_TYPE = `${ML}/registries`;
const STORAGE_TYPE = "Microsoft.Storage/storageAccounts";
const ROUTE = `/subscriptions/:subscription/resourceGroups/:group/providers/${ML}/registries/:registry`;
const STORAGE_SKUS = ["Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS", "Premium_LRS"];

/** A region of `properties.regionDetails`, as the service completes it. */
interface Region {
  location: string;
  account: { name: string; type: string };
  acr: string;
}

const shortId = (): string => randomUUID().replaceAll("-", "").slice(0, 11);

function first(details: Json, list: string, member: string, target: string): Json {
  const items = details[list];
  const item: unknown = Array.isArray(items) ? items[0] : undefined;
  const found = isObject(item) ? objectAt(item, member, `${target}.${list}[0].${member}`) : undefined;
  if (found && (items as unknown[]).length === 1) return found;
  const message = `'${target}.${list}' must have one item with '${member}': the local cloud supports accounts that the service creates.`;
  throw invalid("ValidationError", message, `${target}.${list}`);
}

function regionsOf(properties: Json, before: readonly Region[]): Region[] {
  const given = properties["regionDetails"];
  // A PATCH has none.
  if (given === undefined && before.length > 0) return [...before];
  if (!Array.isArray(given) || given.length === 0) {
    const message = "'properties.regionDetails' must have an item for each region of the registry.";
    throw invalid("ValidationError", message, "properties.regionDetails");
  }
  return given.map((details: unknown, index) => {
    const target = `properties.regionDetails[${index}]`;
    if (!isObject(details)) throw invalid("ValidationError", `'${target}' must be an object.`, target);
    const location = knownLocation(requiredText(details, "location", `${target}.location`), REGISTRY_TYPE);
    const storage = first(details, "storageAccountDetails", "systemCreatedStorageAccount", target);
    const acr = first(details, "acrDetails", "systemCreatedAcrAccount", target);
    requiredText(acr, "acrAccountSku", `${target}.acrDetails[0].systemCreatedAcrAccount.acrAccountSku`, [
      "Premium",
    ]);
    const skuTarget = `${target}.storageAccountDetails[0].systemCreatedStorageAccount.storageAccountType`;
    const type = requiredText(storage, "storageAccountType", skuTarget, STORAGE_SKUS);
    const known = before.find((region) => region.location === location);
    const account = { name: known?.account.name ?? shortId(), type };
    return { location, account, acr: before[0]?.acr ?? shortId() };
  });
}

function build({ cloud, id, name, body, existing }: PutContext<Core>): Partial<ArmResource> {
  const owner = cloud.resources
    .ofType(REGISTRY_TYPE)
    .find((other) => other.name.toLowerCase() === name.toLowerCase());
  registryNameUnique({ id, name }, name.toLowerCase() === REGISTRY_NAME ? { id: REGISTRY_NAME } : owner);
  const properties = objectAt(body, "properties") ?? {};
  const before = (existing?.hidden?.["regions"] as Region[] | undefined) ?? [];
  const regions = regionsOf(properties, before);
  const location = textAt(body, "location") ?? existing?.location ?? "";
  if (!regions.some((region) => region.location === knownLocation(location, REGISTRY_TYPE))) {
    const message = `'properties.regionDetails' lacks the registry's own location '${location}'.`;
    throw invalid("ValidationError", message, "properties.regionDetails");
  }
  const subscription = id.split("/")[2] ?? "";
  const group =
    existing?.hidden?.["group"] ??
    `/subscriptions/${subscription}/resourceGroups/azureml-rg-${name}_${randomUUID()}`;
  return {
    properties: {
      publicNetworkAccess: textAt(properties, "publicNetworkAccess") ?? "Enabled",
      intellectualPropertyPublisher: properties["intellectualPropertyPublisher"] ?? null,
      registryPrivateEndpointConnections: [],
      ...(isObject(properties["managedResourceGroupSettings"])
        ? { managedResourceGroupSettings: properties["managedResourceGroupSettings"] }
        : {}),
    },
    hidden: { ...existing?.hidden, regions, group },
  };
}

const accountId = (group: string, { account }: Region): string =>
  `${group}/providers/${STORAGE_TYPE}/${account.name}`;

/** ARM id of an account in the registry's managed group. */
export const accountIdOf = (registry: ArmResource, name: string): string =>
  `${String(registry.hidden?.["group"])}/providers/${STORAGE_TYPE}/${name}`;

/** The storage account of the registry's own region. */
export function registryAccount(registry: ArmResource): string {
  const regions = (registry.hidden?.["regions"] as Region[] | undefined) ?? [];
  return (regions.find(({ location }) => location === registry.location) ?? regions[0])?.account.name ?? "";
}

export function registryRegions(registry: ArmResource): string[] {
  return ((registry.hidden?.["regions"] as Region[] | undefined) ?? []).map(({ location }) => location);
}

/** The managed group with an account for each region. The container registry exists in the answers only. */
async function provision(core: Core, registry: ArmResource): Promise<void> {
  const group = String(registry.hidden?.["group"]);
  // Whether the service tags them is not documented.
  const tags = {};
  if (!core.resources.get(group)) {
    core.resources.put({
      id: group,
      name: group.split("/").at(-1) ?? "",
      type: "Microsoft.Resources/resourceGroups",
      location: registry.location ?? "",
      tags,
      properties: { provisioningState: "Succeeded" },
    });
  }
  for (const region of (registry.hidden?.["regions"] as Region[] | undefined) ?? []) {
    const { name, type } = region.account;
    await core.azurite.addAccount(name);
    if (core.resources.get(accountId(group, region))) continue;
    core.resources.put({
      id: accountId(group, region),
      name,
      type: STORAGE_TYPE,
      location: region.location,
      tags,
      kind: "StorageV2",
      sku: { name: type, tier: type.split("_")[0] },
      properties: { provisioningState: "Succeeded", allowBlobPublicAccess: false },
    });
  }
}

/** Adds addresses, which contain the cloud's current port, and what the service created. */
function present(core: Core, registry: ArmResource): ArmResource {
  const group = String(registry.hidden?.["group"]);
  const host = core.baseUrl.replace("https://", "");
  const regions = (registry.hidden?.["regions"] as Region[] | undefined) ?? [];
  return {
    ...registry,
    properties: {
      ...registry.properties,
      discoveryUrl: `${core.baseUrl}/registrymanagement/v1.0/registries/${registry.name}/discovery`,
      mlFlowRegistryUri: `azureml://${host}/mlflow/v1.0${registry.id}`,
      managedResourceGroup: { resourceId: group },
      regionDetails: regions.map((region) => ({
        location: region.location,
        storageAccountDetails: [
          {
            systemCreatedStorageAccount: {
              storageAccountName: region.account.name,
              storageAccountType: region.account.type,
              storageAccountHnsEnabled: false,
              allowBlobPublicAccess: false,
              armResourceId: { resourceId: accountId(group, region) },
            },
          },
        ],
        acrDetails: [
          {
            systemCreatedAcrAccount: {
              acrAccountName: region.acr,
              acrAccountSku: "Premium",
              armResourceId: {
                resourceId: `${group}/providers/Microsoft.ContainerRegistry/registries/${region.acr}`,
              },
            },
          },
        ],
      })),
    },
  };
}

const spec: ArmTypeSpec<Core> = {
  type: REGISTRY_TYPE,
  path: ROUTE,
  alsoListedAt: [`/subscriptions/:subscription/providers/${REGISTRY_TYPE}`],
  nameRule: NAMES.registry,
  tracked: true,
  topLevel: ["identity", "sku", "kind"],
  build,
  putWork: {
    latency: "registry.create",
    run: (core, registry) => core.clock.during(() => provision(core, registry)),
  },
  deleteWork: { latency: "registry.delete" },
  present,
};

export function registerRegistries(app: FastifyInstance, core: Core): void {
  registerArmType(app, core, spec);
  core.resources.onRemove(REGISTRY_TYPE, async (registry) => {
    await core.resources.removeTree(String(registry.hidden?.["group"]));
  });
}
