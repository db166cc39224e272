import { stringValues } from "../records";
import { azureMlError } from "../errors";
import { apiVersions, type ArmCall, armGet, armList, armPost, armPut, type LongRunningOptions } from "./arm";
import { discoverRegistry } from "./registryAddress";
import type { AzureSession } from "./session";

/** A model version of a registry, with its place there. */
export interface RegistryModelVersion {
  /** `azureml://registries/<registry>/models/<name>/versions/<version>`: what a deployment takes as its model. */
  id: string;
  registry: string;
  name: string;
  version: string;
  description: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  /** For example `Production`. Empty if the registry reports none. */
  stage: string;
  isArchived: boolean;
  /** `mlflow_model`, `custom_model` or `triton_model`. */
  modelType: string;
  /** `https://<account>.blob.…/<container>/<path>`: the model's folder in the registry's storage. */
  modelUri: string;
  /** ISO 8601. Empty if the registry does not report it. */
  createdAt: string;
}

/** Registry, name and version of a model. */
export interface RegistryModelRef {
  registry: string;
  name: string;
  version: string;
}

/** `azureml://registries/<registry>/models/<name>/versions/<version>`. */
export const registryModelId = ({ registry, name, version }: RegistryModelRef): string =>
  `azureml://registries/${registry}/models/${name}/versions/${version}`;

/** The parts of a registry model's id; `undefined` for another id. */
export function registryRefOf(id: string): RegistryModelRef | undefined {
  const [, registry, name, version] =
    /^azureml:\/\/registries\/([^/]+)\/models\/([^/]+)\/versions\/([^/]+)$/.exec(id) ?? [];
  return registry && name && version ? { registry, name, version } : undefined;
}

async function callOf(
  session: AzureSession,
  { registry, name, version }: Partial<RegistryModelRef> & { registry: string },
): Promise<ArmCall> {
  const { endpoint, path } = await discoverRegistry(session, registry);
  const below =
    name === undefined ? "" : `/models/${name}/versions${version === undefined ? "" : `/${version}`}`;
  return {
    endpoint,
    path: `${path}${below}`,
    apiVersion: apiVersions.registry,
    what:
      name === undefined
        ? `registry "${registry}"`
        : `model "${name}"${version === undefined ? "" : `, version ${version},`} of registry "${registry}"`,
  };
}

/** The version, archived or not; `undefined` if it does not exist. Throws `RegistryNotFound`. */
export async function findRegistryModel(
  session: AzureSession,
  ref: RegistryModelRef,
): Promise<RegistryModelVersion | undefined> {
  const found = await armGet(session, await callOf(session, ref));
  return found && parseVersion(ref.registry, ref.name, found);
}

/**
 * The versions of a model, archived ones only on request. Empty if the registry has no model of this name.
 * @throws RegistryNotFound
 */
export async function listRegistryModels(
  session: AzureSession,
  { registry, name, archived = false }: { registry: string; name: string; archived?: boolean },
): Promise<RegistryModelVersion[]> {
  const call = await callOf(session, { registry, name });
  const query = { $orderBy: "createdtime desc", ...(archived ? { listViewType: "All" } : {}) };
  const listed = (await armList(session, { ...call, query, accept: [404] })) as Document[];
  return listed.map((document) => parseVersion(registry, name, document));
}

/**
 * Copies a model version of a workspace into a registry: the operation of `az ml model share`. It is a deep copy, and it
 * REPLACES a version that exists (azure-ai-ml 1.14.0, `_resource_management_asset_reference_operations.py`), so the caller
 * looks for one first, as the official client does. That the copy has the tags and properties of the source is inferred.
 * @param sourceAssetId `azureml://locations/<region>/workspaces/<guid>/models/<name>/versions/<version>`
 */
export async function importRegistryModel(
  session: AzureSession,
  ref: RegistryModelRef,
  sourceAssetId: string,
  options: LongRunningOptions = {},
): Promise<void> {
  const { registry, name, version } = ref;
  const call = await callOf(session, { registry });
  const properties = {
    referenceType: "Id",
    destinationName: name,
    destinationVersion: version,
    sourceAssetId,
  };
  await armPost(session, { ...call, path: `${call.path}/import` }, { properties }, options);
}

/** What can change of a version. Its files cannot. */
export interface RegistryModelChange {
  /** All tags, not only the changed ones. */
  tags?: Record<string, string>;
  isArchived?: boolean;
}

/**
 * Changes tags or the archived mark of a version: reads it, changes it and writes it back, as azure-ai-ml does
 * (`_archive_or_restore`, which also leaves out `stage` and empty properties). Throws `NotFound`.
 */
export async function changeRegistryModel(
  session: AzureSession,
  ref: RegistryModelRef,
  change: RegistryModelChange,
): Promise<RegistryModelVersion> {
  const call = await callOf(session, ref);
  const found = await armGet(session, call);
  if (!found) {
    throw azureMlError("NotFound", { what: call.what, code: "NotFound", detail: "it does not exist" });
  }
  const kept = Object.entries(found.properties).filter(
    ([name, value]) => value !== null && !["stage", "provisioningState"].includes(name),
  );
  const properties = { ...Object.fromEntries(kept), ...change };
  const changed = await armPut(session, call, { properties });
  return parseVersion(ref.registry, ref.name, changed);
}

interface Document {
  id?: string;
  name?: string;
  properties?: Record<string, unknown>;
  systemData?: { createdAt?: unknown };
}

function parseVersion(registry: string, name: string, document: Document): RegistryModelVersion {
  const { properties = {} } = document;
  const text = (key: string): string => {
    const value = properties[key];
    return typeof value === "string" ? value : "";
  };
  const version = document.id?.split("/versions/")[1]?.split("/")[0] ?? document.name ?? "";
  const createdAt = document.systemData?.createdAt;
  return {
    id: registryModelId({ registry, name, version }),
    registry,
    name,
    version,
    description: text("description"),
    tags: stringValues(properties.tags),
    properties: stringValues(properties.properties),
    stage: text("stage"),
    isArchived: properties.isArchived === true,
    modelType: text("modelType"),
    modelUri: text("modelUri"),
    createdAt: typeof createdAt === "string" ? createdAt : "",
  };
}
