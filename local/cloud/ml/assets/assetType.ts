import type { FastifyInstance } from "fastify";
import { type Json, queryOf, systemDataFor, tagsOf, textAt } from "../../arm/body";
import { putResource } from "../../arm/put";
import { registerArmType } from "../../arm/type";
import type { ArmTypeSpec, PutContext } from "../../arm/typeSpec";
import type { ArmResource, Cloud } from "../../cloud";
import { LOCAL_PRINCIPAL_ID } from "../../constants";
import { NAMES, requireName } from "../../rules/names";
import type { NameRule } from "../../rules/rule";
import { byCreation, inView, isListedVersion, sortedByTime } from "../listFilters";
import { propertiesOf, stringMap } from "../request";
import { ML, workspaceAround, type Workspace, WORKSPACE_ROUTE } from "../workspace";

interface AssetContent {
  properties: Json;
  hidden?: Json;
}

export interface VersionContext extends PutContext {
  workspace: Workspace;
  asset: string;
  requested: Json;
}

export interface AssetKind {
  segment: string;
  versionRule?: NameRule;
  /** The kind has no provisioningState (data). Default false. */
  stateless?: boolean;
  /** Further properties of a container; for a new one, called with the properties of its first version. */
  container?: (requested: Json, existing: ArmResource | undefined, name: string) => Json;
  version: (context: VersionContext) => AssetContent | Promise<AssetContent>;
}

export function assetType(segment: string): string {
  return `${ML}/workspaces/${segment}`;
}

/** Path pattern of a container of a kind. The name's parameter is `name`. */
export function assetRoute(segment: string): string {
  return `${WORKSPACE_ROUTE}/${segment}/:name`;
}

export function registerAsset(app: FastifyInstance, cloud: Cloud, kind: AssetKind): void {
  const container = containerSpec(kind);
  registerArmType(app, cloud, container);
  registerArmType(app, cloud, versionSpec(kind));
}

/**
 * Registers a version that the service itself creates, as a client's PUT would.
 * @throws ArmError for what the PUT would refuse
 */
export async function registerVersion(
  cloud: Cloud,
  workspace: Workspace,
  kind: AssetKind,
  { name, version, properties }: { name: string; version: string; properties: Json },
): Promise<ArmResource> {
  const id = `${workspace.id}/${kind.segment}/${name}/versions/${version}`;
  return (await putResource(cloud, versionSpec(kind), id, { properties })).resource;
}

/** Registers a container without a version. @throws ArmError for what the PUT would refuse */
export async function registerContainer(
  cloud: Cloud,
  workspace: Workspace,
  kind: AssetKind,
  { name, properties }: { name: string; properties: Json },
): Promise<ArmResource> {
  const id = `${workspace.id}/${kind.segment}/${name}`;
  return (await putResource(cloud, containerSpec(kind), id, { properties })).resource;
}

/** The version that an asset gets if nobody names one. */
export function nextVersion(cloud: Cloud, container: string): string {
  const numbers = cloud.resources
    .children(container)
    .map(({ name }) => Number(name))
    .filter(Number.isSafeInteger);
  return String(Math.max(0, ...numbers) + 1);
}

function containerSpec({ segment, container, stateless = false }: AssetKind): ArmTypeSpec {
  return {
    stateless,
    type: assetType(segment),
    path: assetRoute(segment),
    nameRule: NAMES.asset,
    patchable: false,
    build: (context) => {
      const requested = propertiesOf(context.body);
      return {
        properties: {
          ...assetMembers(requested),
          ...container?.(requested, context.existing, context.name),
        },
      };
    },
    present: presentContainer,
    filter: (resource, query) => inView(query, resource.properties["isArchived"] === true),
  };
}

function versionSpec(kind: AssetKind): ArmTypeSpec {
  const { segment, versionRule = NAMES.asset, stateless = false, container, version } = kind;
  return {
    stateless,
    type: `${assetType(segment)}/versions`,
    path: `${assetRoute(segment)}/versions/:version`,
    nameRule: versionRule,
    patchable: false,
    build: async (context) => {
      const requested = propertiesOf(context.body);
      const workspace = workspaceAround(context.cloud, context.id) as Workspace;
      const asset = context.id.split("/").at(-3) ?? "";
      // The PUT of a version creates its container, so the container's name is checked here, too.
      requireName(asset, NAMES.asset, "asset name", "name");
      const content = await version({ ...context, workspace, asset, requested });
      return {
        ...(content.hidden ? { hidden: content.hidden } : {}),
        properties: {
          ...assetMembers(requested),
          isAnonymous: requested["isAnonymous"] === true,
          ...content.properties,
        },
      };
    },
    implicitParent: (cloud, id, body) => {
      const parent = id.split("/").slice(0, -2).join("/");
      const name = parent.split("/").at(-1) ?? "";
      const implied = container?.(propertiesOf(body), undefined, name);
      cloud.resources.put({
        id: parent,
        name,
        type: assetType(segment),
        systemData: systemDataFor(undefined, LOCAL_PRINCIPAL_ID, cloud.clock.now()),
        properties: {
          ...assetMembers({}),
          ...implied,
          ...(stateless ? {} : { provisioningState: "Succeeded" }),
        },
      });
    },
    // The SDK searches for code by hash under a new name, so the search covers all names.
    listsEveryName: (query) => segment === "codes" && queryOf(query, "hash") !== undefined,
    filter: (resource, query) =>
      isListedVersion(query, resource) && sameContent(query, resource.properties["properties"]),
    listed: (items, query) => byCreation(items, query, createdAt),
  };
}

function sameContent(query: Record<string, string | undefined>, properties: unknown): boolean {
  const { hash_sha256, hash_version } = properties as Record<string, unknown>;
  const [hash, version] = [queryOf(query, "hash"), queryOf(query, "hashVersion")];
  return (hash === undefined || hash === hash_sha256) && (version === undefined || version === hash_version);
}

/** The mutable part of every asset. A PUT replaces all of it (inferred). */
function assetMembers(requested: Json): Json {
  return {
    description: textAt(requested, "description", "properties.description") ?? null,
    tags: tagsOf(requested) ?? {},
    properties: stringMap(requested["properties"], "properties.properties"),
    isArchived: requested["isArchived"] === true,
  };
}

function createdAt(version: ArmResource): unknown {
  return version.systemData?.["createdAt"];
}

function presentContainer(cloud: Cloud, container: ArmResource): ArmResource {
  const type = `${container.type}/versions`;
  const versions = cloud.resources.children(container.id).filter((child) => child.type === type);
  // "Latest" is the version created last, not the one with the highest number.
  const latestVersion = sortedByTime(versions, createdAt, true)[0]?.name ?? null;
  return {
    ...container,
    properties: { ...container.properties, latestVersion, nextVersion: nextVersion(cloud, container.id) },
  };
}
