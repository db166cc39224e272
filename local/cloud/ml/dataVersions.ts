/** Data assets: containers and their immutable versions. */
import type { FastifyInstance } from "fastify";
import { invalid, type Json, objectAt, requiredText, systemDataFor, tagsOf, textAt } from "../arm/body";
import { type ArmTypeSpec, type PutContext, registerArmType } from "../arm/type";
import type { ArmResource, Cloud } from "../cloud";
import { LOCAL_PRINCIPAL_ID } from "../constants";
import { dataContainerTypeFixed, dataVersionFixed } from "../rules/immutability";
import { NAMES } from "../rules/names";

const CONTAINER_TYPE = "Microsoft.MachineLearningServices/workspaces/data";
const VERSION_TYPE = `${CONTAINER_TYPE}/versions`;
const CONTAINER =
  "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName/providers/Microsoft.MachineLearningServices/workspaces/:workspaceName/data/:name";
const DATA_TYPES = ["uri_file", "uri_folder", "mltable"];

/** description, tags, properties, isArchived: what may change of any asset. */
function assetMembers(asked: Json, before: Json): Json {
  return {
    description: textAt(asked, "description", "properties.description") ?? before["description"] ?? null,
    tags: tagsOf(asked) ?? before["tags"] ?? {},
    properties: objectAt(asked, "properties", "properties.properties") ?? before["properties"] ?? {},
    isArchived: asked["isArchived"] ?? before["isArchived"] ?? false,
  };
}

function askedProperties({ body }: PutContext): Json {
  const asked = objectAt(body, "properties");
  if (asked) return asked;
  throw invalid("MissingRequiredProperty", "The property 'properties' is required.", "properties");
}

function versionsOf(cloud: Cloud, containerId: string): ArmResource[] {
  return cloud.resources.children(containerId).filter(({ type }) => type === VERSION_TYPE);
}

/** Newest first: "latest" is the one created last, not the one with the highest number. */
function newestFirst(versions: ArmResource[]): ArmResource[] {
  const at = (version: ArmResource): string => String(version.systemData?.["createdAt"] ?? "");
  return versions
    .map((version, index) => ({ version, index }))
    .sort((a, b) => at(b.version).localeCompare(at(a.version)) || b.index - a.index)
    .map(({ version }) => version);
}

function presentContainer(cloud: Cloud, container: ArmResource): ArmResource {
  const versions = versionsOf(cloud, container.id);
  const numbers = versions.map(({ name }) => Number(name)).filter(Number.isInteger);
  const nextVersion = String(Math.max(0, ...numbers) + 1);
  const latestVersion = newestFirst(versions)[0]?.name ?? null;
  return { ...container, properties: { ...container.properties, latestVersion, nextVersion } };
}

const container: ArmTypeSpec = {
  type: CONTAINER_TYPE,
  path: CONTAINER,
  nameRule: NAMES.asset,
  patchable: false,
  build: (context) => {
    const asked = askedProperties(context);
    const before = context.existing?.properties ?? {};
    const dataType = requiredText(asked, "dataType", "properties.dataType", DATA_TYPES);
    dataContainerTypeFixed(context.name, before["dataType"], dataType);
    return { properties: { ...assetMembers(asked, before), dataType } };
  },
  present: presentContainer,
  filter: byView,
};

function byView(resource: ArmResource, query: Record<string, string | undefined>): boolean {
  const view = (query["listViewType"] ?? "ActiveOnly").toLowerCase();
  const archived = resource.properties["isArchived"] === true;
  return view === "all" || archived === (view === "archivedonly");
}

/** The long form of a datastore path, which the service stores; other addresses stay as they are. */
function longDataUri(dataUri: string, workspaceId: string): string {
  const short = /^azureml:\/\/datastores\/(.+)$/i.exec(dataUri)?.[1];
  if (!short) return dataUri;
  const [, subscription, group, workspace] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/.*\/workspaces\/([^/]+)/i.exec(workspaceId) ?? [];
  return `azureml://subscriptions/${subscription}/resourcegroups/${group}/workspaces/${workspace}/datastores/${short}`;
}

function requireDatastore(cloud: Cloud, dataUri: string, workspaceId: string): void {
  const datastore = /\/datastores\/([^/]+)\//i.exec(dataUri)?.[1];
  if (!dataUri.toLowerCase().startsWith("azureml://") || !datastore) return;
  if (cloud.resources.get(`${workspaceId}/datastores/${datastore}`)) return;
  throw invalid(
    "UserError",
    `properties.dataUri names the datastore '${datastore}', which the workspace does not have.`,
    "properties.dataUri",
  );
}

function buildVersion(context: PutContext): Partial<ArmResource> {
  const { cloud, existing, id, name } = context;
  const asked = askedProperties(context);
  const before = existing?.properties ?? {};
  const workspaceId = id.split("/").slice(0, -4).join("/");
  const dataType = requiredText(asked, "dataType", "properties.dataType", DATA_TYPES);
  const dataUri = longDataUri(requiredText(asked, "dataUri", "properties.dataUri"), workspaceId);
  requireDatastore(cloud, dataUri, workspaceId);
  if (existing) {
    const asset = id.split("/").at(-3) ?? "";
    dataVersionFixed({ asset, version: name }, before, { dataUri, dataType });
  }
  const isAnonymous = asked["isAnonymous"] ?? before["isAnonymous"] ?? false;
  return { properties: { ...assetMembers(asked, before), isAnonymous, dataType, dataUri } };
}

const version: ArmTypeSpec = {
  type: VERSION_TYPE,
  path: `${CONTAINER}/versions/:version`,
  nameRule: NAMES.asset,
  patchable: false,
  build: buildVersion,
  filter: byView,
  implicitParent: (cloud, id, body) => {
    const parent = id.split("/").slice(0, -2).join("/");
    if (cloud.resources.get(parent)) return;
    const dataType = requiredText(
      objectAt(body, "properties") ?? {},
      "dataType",
      "properties.dataType",
      DATA_TYPES,
    );
    cloud.resources.put({
      id: parent,
      name: parent.split("/").at(-1) ?? "",
      type: CONTAINER_TYPE,
      systemData: systemDataFor(undefined, LOCAL_PRINCIPAL_ID, cloud.clock.now()),
      properties: { ...assetMembers({}, {}), dataType, provisioningState: "Succeeded" },
    });
  },
  listed: (items, query) => {
    const order = (query["$orderBy"] ?? query["$orderby"] ?? "").toLowerCase();
    return order.startsWith("createdtime asc") ? items : newestFirst(items);
  },
};

/** Registers containers and versions. */
export function registerDataAssets(app: FastifyInstance, cloud: Cloud): void {
  registerArmType(app, cloud, container);
  registerArmType(app, cloud, version);
}
