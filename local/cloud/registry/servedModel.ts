import { normalizeLocation } from "../arm/body";
import { ArmError } from "../armError";
import type { BlobPath, Cloud } from "../cloud";
import { parseAssetUri } from "../ml/assetUris";
import type { Workspace } from "../ml/workspace";
import { registryServesRegion } from "../rules/lifecycle";
import { modelVersion } from "./catalog";
import { registryByName } from "./registryOf";
import { folderOf, sharedModel } from "./sharedModels";

/**
 * The registry's model that a deployment names (`azureml://registries/…`), with its files. Undefined for another form of id.
 * @throws ArmError 400 if there is no such version, or the registry is not in the workspace's region
 */
export async function registryModelServed(
  cloud: Cloud,
  workspace: Workspace,
  given: string,
  builtInFiles: () => Promise<BlobPath>,
): Promise<{ modelId: string; folder: BlobPath } | undefined> {
  const parsed = parseAssetUri(given, "models");
  if (parsed?.kind !== "registry") return undefined;
  const registry = registryByName(cloud, parsed.registry);
  const model = sharedModel(cloud, registry, parsed.name, parsed.version);
  const target = "properties.model";
  // Microsoft's registry serves every region.
  if (!registry.resource && modelVersion(cloud, parsed.name, parsed.version))
    return { modelId: given, folder: await builtInFiles() };
  if (!model) {
    const message = `properties.model is "${given}": registry ${registry.name} has no such model version.`;
    throw new ArmError(400, "BadRequest", message, { target });
  }
  registryServesRegion(registry, normalizeLocation(workspace.location));
  if (model.properties["modelType"] !== "mlflow_model") {
    const message = `properties.model is of type ${String(model.properties["modelType"])}; the local cloud serves MLflow models.`;
    throw new ArmError(400, "ValidationError", message, { target });
  }
  return { modelId: given, folder: folderOf(model) };
}
