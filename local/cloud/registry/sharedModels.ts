/** Model versions of a created registry: copies of model versions of workspaces, with their files. */
import { tagsOf, textAt, type Json } from "../arm/body";
import { ArmError } from "../armError";
import type { ArmResource, BlobPath, Cloud } from "../cloud";
import type { Listed } from "../ml/listFilters";
import { stringMap } from "../ml/request";
import { modelVersionFixed } from "../rules/immutability";
import { REGISTRY_TYPE } from "./registries";
import type { Registry } from "./registryOf";

const VERSION_TYPE = `${REGISTRY_TYPE}/models/versions`;

export const sharedId = (registry: Registry, name: string, version: string): string =>
  `${registry.resource?.id ?? ""}/models/${name}/versions/${version}`;

/** Undefined if the registry has no such version, or is the built-in one. */
export function sharedModel(
  cloud: Cloud,
  registry: Registry,
  name: string,
  version: string,
): ArmResource | undefined {
  return registry.resource && cloud.resources.get(sharedId(registry, name, version));
}

/** All versions of a model, or of all models. */
export function sharedModels(cloud: Cloud, registry: Registry, name?: string): ArmResource[] {
  const below = `${registry.resource?.id ?? ""}/models/${name === undefined ? "" : `${name}/`}`.toLowerCase();
  return cloud.resources.ofType(VERSION_TYPE, (id) => id.startsWith(below));
}

export const modelNameOf = ({ id }: ArmResource): string => id.split("/").at(-3) ?? "";

export function folderOf(model: ArmResource): BlobPath {
  return model.hidden?.["folder"] as BlobPath;
}

export function putSharedModel(
  cloud: Cloud,
  registry: Registry,
  {
    name,
    version,
    properties,
    folder,
  }: { name: string; version: string; properties: Json; folder: BlobPath },
): void {
  const id = sharedId(registry, name, version);
  const before = cloud.resources.get(id);
  const now = cloud.clock.now().toISOString();
  const author = { createdBy: "Local", createdByType: "User", createdAt: now };
  const systemData = {
    ...(before?.systemData ?? author),
    lastModifiedBy: "Local",
    lastModifiedByType: "User",
    lastModifiedAt: now,
  };
  cloud.resources.put({ id, name: version, type: VERSION_TYPE, systemData, properties, hidden: { folder } });
}

/** Tags, description, properties, stage and the archived mark can change; the files cannot. */
export function changeSharedModel(cloud: Cloud, model: ArmResource, requested: Json): ArmResource {
  const { modelType } = model.properties;
  const uri = cloud.blobs.url(folderOf(model));
  modelVersionFixed(
    model.name,
    { uri, givenUri: uri, type: modelType },
    {
      uri: textAt(requested, "modelUri", "properties.modelUri") ?? uri,
      type: textAt(requested, "modelType", "properties.modelType") ?? String(modelType),
    },
  );
  const changed = {
    ...model,
    properties: {
      ...model.properties,
      description: textAt(requested, "description", "properties.description") ?? null,
      tags: tagsOf(requested) ?? {},
      properties: stringMap(requested["properties"], "properties.properties"),
      isArchived: requested["isArchived"] === true,
      stage: textAt(requested, "stage", "properties.stage") ?? null,
    },
    systemData: { ...model.systemData, lastModifiedAt: cloud.clock.now().toISOString() },
  };
  cloud.resources.put(changed);
  return changed;
}

export function sharedItem(cloud: Cloud, registry: Registry, model: ArmResource): Listed {
  return {
    id: `azureml://registries/${registry.name}/models/${modelNameOf(model)}/versions/${model.name}`,
    name: model.name,
    type: VERSION_TYPE,
    systemData: model.systemData,
    properties: {
      ...model.properties,
      modelUri: cloud.blobs.url(folderOf(model)),
      provisioningState: "Succeeded",
    },
  };
}

/** A model with its versions: the item of a list of models. */
export function containerItem(registry: Registry, name: string, versions: readonly ArmResource[]): Listed {
  const newest = [...versions].sort((a, b) => createdAt(b).localeCompare(createdAt(a)))[0];
  return {
    id: `azureml://registries/${registry.name}/models/${name}`,
    name,
    type: `${REGISTRY_TYPE}/models`,
    systemData: newest?.systemData,
    properties: {
      description: null,
      tags: {},
      properties: {},
      isArchived: versions.every(({ properties }) => properties["isArchived"] === true),
      latestVersion: newest?.name ?? null,
      nextVersion: null,
      provisioningState: "Succeeded",
    },
  };
}

const createdAt = (model: ArmResource): string => String(model.systemData?.["createdAt"] ?? "");

/** @throws ArmError 404 */
export function requireSharedModel(
  cloud: Cloud,
  registry: Registry,
  name: string,
  version: string,
): ArmResource {
  const found = sharedModel(cloud, registry, name, version);
  if (found) return found;
  throw new ArmError(
    404,
    "NotFound",
    `The model ${name}:${version} was not found in registry ${registry.name}.`,
  );
}
