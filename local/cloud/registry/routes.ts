import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { BlobPath, Cloud } from "../cloud";
import { bodyOf } from "../arm/body";
import { byCreation, inView, isListedVersion, type Listed, mlPage } from "../ml/listFilters";
import { pathParameters, propertiesOf, type Query } from "../ml/request";
import { publishedModel } from "./publish";
import {
  componentVersion,
  componentVersions,
  modelVersion,
  modelVersions,
  publishModel,
  registryId,
} from "./catalog";
import { componentSpec, type ComponentVersion } from "./componentVersions";
import { BUILT_IN_FOLDER } from "./builtInFiles";
import { registerImport } from "./importModel";
import type { RegistryModelVersion } from "./modelVersions";
import { accountIdOf } from "./registries";
import { type Registry, registryOf } from "./registryOf";
import {
  changeSharedModel,
  containerItem,
  folderOf,
  modelNameOf,
  requireSharedModel,
  sharedModel,
  sharedItem,
  sharedModels,
} from "./sharedModels";
import { accepts, members, OWN_CHECK, PAGING } from "../strict/declaration";

const DATA_PLANE =
  "/mferp/managementfrontend/subscriptions/:subscription/resourceGroups/:group" +
  "/providers/Microsoft.MachineLearningServices/registries/:registry";

const ITEM = accepts("read from a registry", { query: ["api-version"] });
const LIST = accepts("list in a registry", { query: ["api-version", ...PAGING, "listViewType"] });
// Neither has `stage`, which only lists of a workspace's models have. Source: see isListedVersion.
const COMPONENTS = accepts("list versions of a component of a registry", {
  query: ["api-version", ...PAGING, "$orderBy", "listViewType"],
});
const VERSIONS = accepts("list versions of a model of a registry", {
  query: [
    ...["api-version", ...PAGING, "$orderBy"],
    ...["listViewType", "version", "description", "tags", "properties"],
  ],
});
const CHANGE = accepts("change tags, description or the archived mark of a model version of a registry", {
  body: {
    ...members("id", "name", "type", "systemData"),
    properties: members(
      ...["description", "tags", "properties", "flavors", "modelType", "modelUri", "jobName", "stage"],
      ...["isArchived", "isAnonymous", "provisioningState"],
    ),
  },
});
const FILES = accepts("access to the files of a model version of a registry", {
  readOnly: true,
  body: members("assetId", "blobUri"),
});
const PUBLISH = accepts("publish a model in the registry", { body: OWN_CHECK });

export function registerRegistry(
  app: FastifyInstance,
  cloud: Cloud,
  builtInFiles: () => Promise<BlobPath>,
): void {
  app.get("/registrymanagement/v1.0/registries/:registry/discovery", ITEM, async (request) => {
    const { name, location, regions, subscription, group } = registryOf(cloud, request);
    return {
      registryName: name,
      primaryRegion: location,
      regions,
      subscriptionId: subscription,
      resourceGroup: group,
      primaryRegionResourceProviderUri: `${cloud.baseUrl}/`,
      registryFqdns: {},
    };
  });
  registerModels(app, cloud);
  registerSharedModels(app, cloud);
  registerFiles(app, cloud, builtInFiles);
  registerImport(app, cloud, DATA_PLANE);
  registerComponents(app, cloud);
  app.post("/local/registry/models", PUBLISH, async (request, reply) => {
    reply.code(201);
    return modelItem(cloud, publishModel(cloud, publishedModel(bodyOf(request))));
  });
}

function registerModels(app: FastifyInstance, cloud: Cloud): void {
  app.get(`${DATA_PLANE}/models/:name/versions`, VERSIONS, async (request) => {
    const { name = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    const versions = registry.resource ? sharedModels(cloud, registry, name) : modelVersions(cloud, name);
    const items = versions.map((version) =>
      "id" in version ? sharedItem(cloud, registry, version) : modelItem(cloud, version),
    );
    const query = request.query as Query;
    const visible = items.filter((item) => isListedVersion(query, item));
    return mlPage(
      cloud,
      request,
      byCreation(visible, query, ({ systemData }) => systemData?.["createdAt"]),
    );
  });
  app.get(`${DATA_PLANE}/models/:name/versions/:version`, ITEM, async (request) => {
    const { name = "", version = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    if (registry.resource)
      return sharedItem(cloud, registry, requireSharedModel(cloud, registry, name, version));
    const found = modelVersion(cloud, name, version);
    if (!found) throw notFound("model", `${name}:${version}`, registry);
    return modelItem(cloud, found);
  });
}

/** Of created registries only: the built-in one belongs to Microsoft. */
function registerSharedModels(app: FastifyInstance, cloud: Cloud): void {
  app.get(`${DATA_PLANE}/models`, LIST, async (request) => {
    const registry = registryOf(cloud, request);
    const all = sharedModels(cloud, registry);
    const names = [...new Set(all.map(modelNameOf))];
    const items = names.map((name) => {
      const versions = all.filter((version) => modelNameOf(version) === name);
      return containerItem(registry, name, versions);
    });
    const query = request.query as Query;
    const visible = items.filter(({ properties }) => inView(query, properties["isArchived"] === true));
    return mlPage(cloud, request, visible);
  });
  app.put(`${DATA_PLANE}/models/:name/versions/:version`, CHANGE, async (request) => {
    const { name = "", version = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    const model = sharedModel(cloud, registry, name, version);
    if (!model) throw notCreatable(registry, name, version);
    return sharedItem(cloud, registry, changeSharedModel(cloud, model, propertiesOf(bodyOf(request))));
  });
}

function registerFiles(app: FastifyInstance, cloud: Cloud, builtInFiles: () => Promise<BlobPath>): void {
  app.post(`${DATA_PLANE}/datarefs/:name/versions/:version`, FILES, async (request) => {
    const { name = "", version = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    const isBuiltIn = !registry.resource && modelVersion(cloud, name, version) !== undefined;
    const folder = isBuiltIn
      ? await builtInFiles()
      : folderOf(requireSharedModel(cloud, registry, name, version));
    const { account, container, path } = folder;
    const sasUri = await cloud.blobs.readContainerUrl(account, container);
    return {
      blobReferenceForConsumption: {
        blobUri: cloud.blobs.url({ account, container, path }),
        storageAccountArmId: registry.resource ? accountIdOf(registry.resource, account) : null,
        credential: { credentialType: "SAS", sasUri },
      },
    };
  });
}

function registerComponents(app: FastifyInstance, cloud: Cloud): void {
  app.get(`${DATA_PLANE}/components/:name/versions`, COMPONENTS, async (request) => {
    const { name = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    const versions = registry.resource ? [] : componentVersions(name);
    if (versions.length === 0) throw notFound("component", name, registry);
    const active = versions.filter(() => inView(request.query as Query, false));
    const sorted = byCreation(active, request.query as Query, ({ createdAt }) => createdAt);
    return mlPage(cloud, request, sorted.map(componentItem));
  });
  app.get(`${DATA_PLANE}/components/:name/versions/:version`, ITEM, async (request) => {
    const { name = "", version = "" } = pathParameters(request);
    const registry = registryOf(cloud, request);
    const found = registry.resource ? undefined : componentVersion(name, version);
    if (!found) throw notFound("component", `${name}:${version}`, registry);
    return componentItem(found);
  });
}

function notCreatable({ name: registry, resource }: Registry, name: string, version: string): ArmError {
  const message = resource
    ? `Model ${name}:${version} is not in registry ${registry}. The local cloud does not support uploading a model to a registry: register it in a workspace and share it (models.share, az ml model share).`
    : `The caller may not create assets in the registry ${registry}.`;
  return new ArmError(
    resource ? 400 : 403,
    resource ? "NotSupportedLocally" : "AuthorizationFailed",
    message,
  );
}

function notFound(kind: string, what: string, { name }: Registry): ArmError {
  return new ArmError(404, "NotFound", `The ${kind} ${what} was not found in registry ${name}.`);
}

function systemData(createdAt: string): Record<string, unknown> {
  return {
    createdBy: "Microsoft",
    createdByType: "User",
    createdAt,
    lastModifiedAt: createdAt,
    lastModifiedBy: "Microsoft",
    lastModifiedByType: "User",
  };
}

function modelItem(cloud: Cloud, model: RegistryModelVersion): Listed {
  const id = registryId("models", model.name, model.version);
  return {
    id,
    name: model.version,
    type: "Microsoft.MachineLearningServices/registries/models/versions",
    systemData: systemData(model.createdAt),
    properties: {
      description: model.description,
      tags: model.tags,
      properties: model.properties,
      isArchived: model.isArchived,
      isAnonymous: false,
      flavors: {
        hftransformersv2: { data: { task_type: "chat-completion" } },
        python_function: { data: {} },
      },
      modelType: model.modelType,
      modelUri: cloud.blobs.url(BUILT_IN_FOLDER),
      jobName: null,
      stage: null,
      provisioningState: "Succeeded",
    },
  };
}

function componentItem(component: ComponentVersion): Record<string, unknown> {
  return {
    id: registryId("components", component.name, component.version),
    name: component.version,
    type: "Microsoft.MachineLearningServices/registries/components/versions",
    systemData: systemData(component.createdAt),
    properties: {
      description: "Pipeline component for chat completion",
      tags: {},
      properties: {},
      isArchived: false,
      isAnonymous: false,
      componentSpec: componentSpec(component),
      provisioningState: "Succeeded",
    },
  };
}
