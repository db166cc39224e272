/**
 * `knownProperties.json` has the properties that azure-native 3.28.0 (ML: 2025-12-01) and
 * @azure/arm-machinelearning 2.1.1 declare: for each path in a body the names of its members. A member
 * without its own path is not checked further.
 */
import { CONNECTION, JOB_PARTS } from "./bodies";
import { anyOf, isOpen, members, PAGING, type RouteDeclaration, type Shape } from "./declaration";
import tables from "./knownProperties.json";

type Table = Readonly<Record<string, string>>;

function shapeOf(table: Table, path = ""): Shape {
  const names = table[path];
  if (names === undefined) return "any";
  return Object.fromEntries(
    names.split(" ").map((name) => [name, shapeOf(table, path === "" ? name : `${path}.${name}`)]),
  );
}

/**
 * Members of every ARM resource, including those that only the service sets: clients send back what they have
 * read.
 */
const ENVELOPE: Shape = {
  ...members("id", "name", "type", "location", "tags", "kind", "systemData", "etag", "zones"),
  identity: members("type", "userAssignedIdentities", "principalId", "tenantId"),
  sku: members("name", "tier", "size", "family", "capacity"),
  properties: members("provisioningState"),
};
/** Further members of later or earlier versions of the service and its clients. */
const MORE: Readonly<Record<string, Shape>> = {
  "Microsoft.MachineLearningServices/workspaces": {
    properties: members(
      "allowRecoverSoftDeletedWorkspace",
      "softDeleteRetentionInDays",
      "creationTime",
      "soSettings",
    ),
  },
  "Microsoft.MachineLearningServices/workspaces/jobs": {
    properties: members("jobs", "settings", "sourceJobId", "parentJobName"),
  },
  "Microsoft.KeyVault/vaults": {
    properties: members("createMode", "vaultUri", "hsmPoolResourceId", "provisioningState"),
  },
  "Microsoft.Resources/resourceGroups": { ...members("managedBy"), properties: members("provisioningState") },
  "Microsoft.Insights/components": { properties: members("Name", "Ver", "Flow_Type") },
  "Microsoft.Resources/tags": { ...members("operation"), properties: members("tags") },
  "Microsoft.Authorization/roleAssignments": {
    ...members("principalId", "roleDefinitionId", "principalType"),
    properties: members("scope", "createdOn", "updatedOn", "createdBy", "updatedBy"),
  },
  "Microsoft.Authorization/roleDefinitions": {},
  "Microsoft.Storage/storageAccounts/blobServices/containers": {
    properties: members("lastModifiedTime"),
  },
  "Microsoft.Storage/storageAccounts/blobServices": {
    properties: members(
      ...["cors", "defaultServiceVersion", "deleteRetentionPolicy", "isVersioningEnabled", "changeFeed"],
      ...[
        "restorePolicy",
        "containerDeleteRetentionPolicy",
        "lastAccessTimeTrackingPolicy",
        "automaticSnapshotPolicyEnabled",
      ],
    ),
  },
  "Microsoft.KeyVault/deletedVaults": {},
  "Microsoft.ContainerRegistry/registries": {
    properties: members(
      ...[
        "adminUserEnabled",
        "publicNetworkAccess",
        "networkRuleBypassOptions",
        "networkRuleSet",
        "encryption",
      ],
      ...["policies", "dataEndpointEnabled", "zoneRedundancy", "anonymousPullEnabled", "loginServer"],
      "creationDate",
    ),
  },
  "Microsoft.MachineLearningServices/workspaces/connections": { properties: CONNECTION },
};

const ML = "microsoft.machinelearningservices/workspaces";
const ASSET_LISTS = [
  "listViewType",
  "$orderBy",
  "tags",
  "$tags",
  "properties",
  "description",
  "version",
  "hash",
  "hashVersion",
  "stage",
  "offset",
  "count",
  "feed",
];
const LIST_QUERY: Readonly<Record<string, readonly string[]>> = {
  [`${ML}/jobs`]: ["listViewType", "jobType", "tag", "$orderBy", "properties"],
  [`${ML}/datastores`]: ["isDefault", "names", "count", "searchText", "orderBy", "orderByAsc"],
  [`${ML}/onlineendpoints`]: ["name", "count", "computeType", "tags", "properties", "orderBy"],
  [`${ML}/connections`]: ["target", "category", "includeAll"],
  [`${ML}/onlineendpoints/deployments`]: ["$orderBy"],
  "microsoft.resources/resourcegroups": ["$filter"],
  "microsoft.authorization/roleassignments": ["$filter", "tenantId"],
  "microsoft.authorization/roledefinitions": ["$filter"],
  "microsoft.storage/storageaccounts/blobservices/containers": ["$filter", "$include"],
};
const ITEM_QUERY: Readonly<Record<string, readonly string[]>> = {
  [ML]: ["forceToPurge"],
  [`${ML}/computes`]: ["underlyingResourceAction"],
  [`${ML}/datastores`]: ["skipValidation"],
  "microsoft.storage/storageaccounts": ["$expand"],
  "microsoft.authorization/roleassignments": ["tenantId"],
  "microsoft.resources/resourcegroups": ["forceDeletionTypes"],
};
const ITEM_HEADERS: Readonly<Record<string, readonly string[]>> = {
  [`${ML}/jobs`]: ["x-azureml-token", "x-aml-user-token"],
};

/**
 * What a PATCH accepts where that is less than the resource. Source: Azure/azure-rest-api-specs,
 * MachineLearningServices.Management, update of OnlineEndpoint (PartialMinimalTrackedResourceWithIdentity), of OnlineDeployment
 * (PartialMinimalTrackedResourceWithSku) and of Registry (PartialRegistryPartialTrackedResource).
 */
const PATCH_BODIES: Readonly<Record<string, Shape>> = {
  [`${ML}/onlineendpoints`]: { ...members("tags"), identity: ENVELOPE["identity"] ?? {} },
  [`${ML}/onlineendpoints/deployments`]: { ...members("tags"), sku: ENVELOPE["sku"] ?? {} },
  "microsoft.machinelearningservices/registries": {
    ...members("tags"),
    identity: ENVELOPE["identity"] ?? {},
    sku: ENVELOPE["sku"] ?? {},
  },
};

const KNOWN_PARTS: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  "Microsoft.MachineLearningServices/workspaces/jobs": JOB_PARTS,
};

function shapeOfType(type: string): Shape {
  const table = (tables as Record<string, Table>)[type];
  const shape = anyOf(ENVELOPE, table ? shapeOf(table) : {}, MORE[type] ?? {});
  const parts = KNOWN_PARTS[type];
  if (!parts || isOpen(shape)) return shape;
  const { properties = {} } = shape;
  return { ...shape, properties: isOpen(properties) ? parts : { ...properties, ...parts } };
}

const SHAPES: Readonly<Record<string, Shape>> = Object.fromEntries(
  [...new Set([...Object.keys(tables), ...Object.keys(MORE)])].map(
    (type) => [type.toLowerCase(), shapeOfType(type)] as const,
  ),
);

/** `…/providers/N/a/:x/b/:y`: the type `N/a/b`, and whether the path names one resource or a collection. */
function typeOf(url: string): { type: string; isItem: boolean } | undefined {
  const group = /\/resourceGroups(\/:\w+)?$/i.exec(url);
  if (group) return { type: "Microsoft.Resources/resourceGroups", isItem: group[1] !== undefined };
  const [, last] = /^.*\/providers\/(.+)$/i.exec(url) ?? [];
  const [namespace, ...segments] = (last ?? "").split("/");
  if (!namespace || segments.length === 0) return undefined;
  const type = [namespace, ...segments.filter((_, index) => index % 2 === 0)].join("/");
  return { type, isItem: segments.length % 2 === 0 };
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "read",
  HEAD: "check the existence of",
  PUT: "create or replace",
  PATCH: "change",
  DELETE: "delete",
};

export function armDeclaration(method: string, url: string): RouteDeclaration | undefined {
  const found = typeOf(url);
  const type = found?.type.toLowerCase() ?? "";
  const body = SHAPES[type];
  const verb = VERBS[method];
  if (!found || !body || !verb) return undefined;
  if (!found.isItem) {
    const isAsset =
      /^microsoft\.machinelearningservices\/workspaces\/(data|models|environments|codes|components)/.test(
        type,
      );
    const query = [...PAGING, ...(isAsset ? ASSET_LISTS : []), ...(LIST_QUERY[type] ?? [])];
    return { about: `list ${found.type}`, query };
  }
  return {
    about: `${verb} ${found.type}`,
    query: ITEM_QUERY[type] ?? [],
    headers: ITEM_HEADERS[type] ?? [],
    body: method === "PUT" ? body : method === "PATCH" ? (PATCH_BODIES[type] ?? body) : {},
  };
}
