import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { Cloud } from "../cloud";
import { bodyOf } from "../arm/body";
import { byCreation, inView, mlPage } from "../ml/listFilters";
import { pathParameters, type Query } from "../ml/request";
import { publishedModel } from "./publish";
import {
  componentVersion,
  componentVersions,
  modelVersion,
  modelVersions,
  publishModel,
  registryId,
  REGISTRY_NAME,
} from "./catalog";
import { componentSpec, type ComponentVersion } from "./componentVersions";
import type { RegistryModelVersion } from "./modelVersions";
import { accepts, OWN_CHECK, PAGING } from "../strict/declaration";

/** The registry's ARM location. Clients learn it from discovery and never compute it. */
const REGISTRY_SUBSCRIPTION = "00000000-0000-0000-0000-0000000000f0";
const REGISTRY_GROUP = "registry-rg";
const DATA_PLANE =
  "/mferp/managementfrontend/subscriptions/:subscription/resourceGroups/:group" +
  "/providers/Microsoft.MachineLearningServices/registries/:registry";

const ITEM = accepts("read from a registry", { query: ["api-version"] });
const LIST = accepts("list in a registry", {
  query: ["api-version", ...PAGING, "$orderBy", "listViewType", "tags", "properties", "stage", "version"],
});
const PUBLISH = accepts("publish a model in the registry", { body: OWN_CHECK });

export function registerRegistry(app: FastifyInstance, cloud: Cloud): void {
  app.get("/registrymanagement/v1.0/registries/:registry/discovery", ITEM, async (request) => {
    knownRegistry(pathParameters(request)["registry"] ?? "");
    return {
      registryName: REGISTRY_NAME,
      primaryRegion: "eastus",
      regions: ["eastus", "westeurope"],
      subscriptionId: REGISTRY_SUBSCRIPTION,
      resourceGroup: REGISTRY_GROUP,
      primaryRegionResourceProviderUri: `${cloud.baseUrl}/`,
      registryFqdns: {},
    };
  });
  registerModels(app, cloud);
  registerComponents(app, cloud);
  app.post("/local/registry/models", PUBLISH, async (request, reply) => {
    reply.code(201);
    return modelItem(publishModel(cloud, publishedModel(bodyOf(request))));
  });
}

function registerModels(app: FastifyInstance, cloud: Cloud): void {
  app.get(`${DATA_PLANE}/models/:name/versions`, LIST, async (request) => {
    const { registry = "", name = "" } = pathParameters(request);
    knownRegistry(registry);
    const versions = modelVersions(cloud, name);
    if (versions.length === 0) throw notFound("model", name);
    const visible = versions.filter(({ isArchived }) => inView(request.query as Query, isArchived));
    return mlPage(cloud, request, newestFirst(request, visible).map(modelItem));
  });
  app.get(`${DATA_PLANE}/models/:name/versions/:version`, ITEM, async (request) => {
    const { registry = "", name = "", version = "" } = pathParameters(request);
    knownRegistry(registry);
    const found = modelVersion(cloud, name, version);
    if (!found) throw notFound("model", `${name}:${version}`);
    return modelItem(found);
  });
}

function registerComponents(app: FastifyInstance, cloud: Cloud): void {
  app.get(`${DATA_PLANE}/components/:name/versions`, LIST, async (request) => {
    const { registry = "", name = "" } = pathParameters(request);
    knownRegistry(registry);
    const versions = componentVersions(name);
    if (versions.length === 0) throw notFound("component", name);
    const active = versions.filter(() => inView(request.query as Query, false));
    return mlPage(cloud, request, newestFirst(request, active).map(componentItem));
  });
  app.get(`${DATA_PLANE}/components/:name/versions/:version`, ITEM, async (request) => {
    const { registry = "", name = "", version = "" } = pathParameters(request);
    knownRegistry(registry);
    const found = componentVersion(name, version);
    if (!found) throw notFound("component", `${name}:${version}`);
    return componentItem(found);
  });
}

function knownRegistry(name: string): void {
  if (name.toLowerCase() === REGISTRY_NAME) return;
  throw new ArmError(
    404,
    "RegistryNotFound",
    `Registry "${name}" was not found. The local cloud serves the registry "${REGISTRY_NAME}" only.`,
  );
}

function notFound(kind: string, what: string): ArmError {
  return new ArmError(404, "NotFound", `The ${kind} ${what} was not found in registry ${REGISTRY_NAME}.`);
}

function newestFirst<T extends { createdAt: string }>(request: FastifyRequest, versions: T[]): T[] {
  return byCreation(versions, request.query as Query, ({ createdAt }) => createdAt);
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

function modelItem(model: RegistryModelVersion): Record<string, unknown> {
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
      modelUri: `${id}/content`,
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
