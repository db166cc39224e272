import type { Cloud } from "../cloud";
import { BUILT_IN_COMPONENTS, type ComponentVersion } from "./componentVersions";
import { BUILT_IN_MODELS, type RegistryModelVersion } from "./modelVersions";

export const REGISTRY_NAME = "azureml";
const MODELS = "registry.models";

export function modelVersions(cloud: Cloud, name: string): RegistryModelVersion[] {
  return allModels(cloud).filter((model) => sameName(model.name, name));
}

/** Oldest first. A published version replaces the built-in one with the same number. */
function allModels(cloud: Cloud): RegistryModelVersion[] {
  const byId = new Map(BUILT_IN_MODELS.map((model) => [modelKey(model.name, model.version), model]));
  for (const [key, model] of cloud.store.list<RegistryModelVersion>(MODELS)) byId.set(key, model);
  return [...byId.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

export function modelVersion(cloud: Cloud, name: string, version: string): RegistryModelVersion | undefined {
  return modelVersions(cloud, name).find((model) => model.version === version);
}

/** Oldest first. */
export function componentVersions(name: string): readonly ComponentVersion[] {
  return BUILT_IN_COMPONENTS.filter((component) => sameName(component.name, name));
}

export function componentVersion(name: string, version: string): ComponentVersion | undefined {
  return componentVersions(name).find((component) => component.version === version);
}

/**
 * It becomes the "latest" unless `createdAt` is older than another version's. Absent fields come from the
 * newest version. Publishing an existing number edits its metadata only.
 */
export function publishModel(
  cloud: Cloud,
  given: Partial<RegistryModelVersion> & { name: string; version: string },
): RegistryModelVersion {
  const known = modelVersions(cloud, given.name);
  const existing = known.find((model) => model.version === given.version);
  const newest = known[known.length - 1];
  const base = existing ?? newest;
  const afterNewest = newest ? Date.parse(newest.createdAt) + 1000 : 0;
  const published: RegistryModelVersion = {
    name: base?.name ?? given.name,
    version: given.version,
    createdAt:
      given.createdAt ??
      existing?.createdAt ??
      new Date(Math.max(cloud.clock.now().getTime(), afterNewest)).toISOString(),
    description: given.description ?? base?.description ?? "",
    modelType: given.modelType ?? base?.modelType ?? "mlflow_model",
    tags: given.tags ?? base?.tags ?? {},
    properties: given.properties ?? base?.properties ?? {},
    isArchived: given.isArchived ?? false,
  };
  cloud.store.put(MODELS, modelKey(published.name, published.version), published);
  return published;
}

/** Undefined unless `azureml://registries/{r}/models/{n}/versions/{v}`. */
export function parseRegistryId(
  id: string,
): { registry: string; kind: string; name: string; version: string } | undefined {
  const match = /^azureml:\/\/registries\/([^/]+)\/([^/]+)\/([^/]+)\/versions\/([^/]+)$/i.exec(id);
  if (!match) return undefined;
  const [, registry, kind, name, version] = match as unknown as [string, string, string, string, string];
  return { registry, kind: kind.toLowerCase(), name, version };
}

export function registryId(kind: "models" | "components", name: string, version: string): string {
  return `azureml://registries/${REGISTRY_NAME}/${kind}/${name}/versions/${version}`;
}

function modelKey(name: string, version: string): string {
  return `${name.toLowerCase()}/${version}`;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
