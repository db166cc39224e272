/** `POST …/registries/{registry}/import`: a deep copy of a workspace's model version into a registry. */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { bodyOf, type Json, requiredText, textAt } from "../arm/body";
import { normalizeLocation } from "../arm/body";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { blobFolder } from "../ml/assetUris";
import { propertiesOf } from "../ml/request";
import { ML, workspaceAround } from "../ml/workspace";
import { NAMES, requireName } from "../rules/names";
import { accepts, members } from "../strict/declaration";
import { registryAccount } from "./registries";
import { registryByName, registryOf, type Registry } from "./registryOf";
import { putSharedModel, sharedId } from "./sharedModels";

const KIND = "registries/import";
const IMPORTS = "registryImports";
const SOURCE = /^azureml:\/\/locations\/([^/]+)\/workspaces\/([^/]+)\/models\/([^/]+)\/versions\/([^/]+)$/i;
const IMPORT = accepts("copy a model version of a workspace into a registry", {
  body: {
    properties: members("referenceType", "destinationName", "destinationVersion", "sourceAssetId"),
  },
});

interface Import {
  registry: string;
  name: string;
  version: string;
  /** ARM id of the model version. */
  source: string;
}

export function registerImport(app: FastifyInstance, cloud: Cloud, dataPlane: string): void {
  app.post(`${dataPlane}/import`, IMPORT, async (request, reply) => {
    const registry = registryOf(cloud, request);
    const task = readImport(cloud, registry, propertiesOf(bodyOf(request)));
    const key = `${sharedId(registry, task.name, task.version)}/imports/${randomUUID()}`;
    cloud.store.put(IMPORTS, key, task);
    const headers = cloud.lro.start(key, KIND, (signal) => work(cloud, key, signal), "location");
    return reply.code(202).headers(headers).send();
  });
  cloud.lro.resume(KIND, (key, signal) => work(cloud, key, signal));
}

function readImport(cloud: Cloud, registry: Registry, properties: Json): Import {
  requiredText(properties, "referenceType", "properties.referenceType", ["Id"]);
  const sourceAssetId = requiredText(properties, "sourceAssetId", "properties.sourceAssetId");
  const source = sourceModel(cloud, sourceAssetId);
  const name = textAt(properties, "destinationName") ?? source.id.split("/").at(-3) ?? "";
  const version = textAt(properties, "destinationVersion") ?? source.name;
  requireName(name, NAMES.asset, "model name", "properties.destinationName");
  requireName(version, NAMES.modelVersion, "model version", "properties.destinationVersion");
  if (registry.resource) return { registry: registry.name, name, version, source: source.id };
  const message = `The caller may not create assets in the registry ${registry.name}.`;
  throw new ArmError(403, "AuthorizationFailed", message);
}

function sourceModel(cloud: Cloud, sourceAssetId: string): ArmResource {
  const [, location = "", guid = "", name = "", version = ""] = SOURCE.exec(sourceAssetId) ?? [];
  const target = "properties.sourceAssetId";
  if (guid === "") {
    const form = "azureml://locations/<region>/workspaces/<guid>/models/<name>/versions/<version>";
    throw new ArmError(400, "UserError", `'${target}' is "${sourceAssetId}", must be ${form}.`, { target });
  }
  const workspace = cloud.resources
    .ofType(`${ML}/workspaces`)
    .find(
      (one) =>
        one.properties["workspaceId"] === guid &&
        normalizeLocation(one.location ?? "") === normalizeLocation(location),
    );
  const found = workspace && cloud.resources.get(`${workspace.id}/models/${name}/versions/${version}`);
  if (found) return found;
  throw new ArmError(404, "NotFound", `The asset ${sourceAssetId} was not found.`, { target });
}

/**
 * It replaces a version that exists. That the copy has the source's tags and properties, and becomes visible when all files
 * are there, is inferred: the operation is called a deep copy (operations/contract/facts/registry.ts).
 */
async function work(cloud: Cloud, key: string, signal: AbortSignal): Promise<void> {
  const task = cloud.store.get<Import>(IMPORTS, key);
  if (!task) return;
  await cloud.clock.latency("registry.import", signal);
  const source = cloud.resources.get(task.source);
  const workspace = workspaceAround(cloud, task.source);
  const from = source && workspace && blobFolder(cloud, workspace, String(source.properties["modelUri"]));
  if (!source || !from) throw new ArmError(404, "NotFound", `${task.source} was deleted during its import.`);
  const registry = registryByName(cloud, task.registry);
  const account = registryAccount(registry.resource as ArmResource);
  const path = from.path.split("/").at(-1) ?? "";
  const folder = { account, container: `model-${randomUUID()}`, path };
  await cloud.clock.during(() => cloud.blobs.copy(from, folder));
  const { description, tags, properties, flavors, modelType, jobName } = source.properties;
  putSharedModel(cloud, registry, {
    name: task.name,
    version: task.version,
    folder,
    properties: {
      ...{ description, tags, properties, flavors, modelType, jobName },
      ...{ isArchived: false, isAnonymous: false, stage: null },
    },
  });
  cloud.store.delete(IMPORTS, key);
}
