import type { FastifyInstance } from "fastify";
import { ArmError, type ArmResource, type Caller, type Cloud } from "../../cloud";
import { modelVersionFixed } from "../../rules/immutability";
import { NAMES, requireName } from "../../rules/names";
import {
  bodyProperties,
  byCreation,
  inView,
  isRecord,
  jsonBody,
  optionalString,
  page,
  pathParameters,
  stringMap,
} from "../request";
import { ML, systemData, visible, workspaceOf, WORKSPACE_ROUTE, type Workspace } from "../workspace";
import { MODEL_VERSION_TYPE } from "../assetUris";
import { modelContent } from "./modelContent";

const CONTAINER_TYPE = `${ML}/workspaces/models`;
const MODEL_TYPES = ["mlflow_model", "custom_model", "triton_model"];

/** Registered models of a workspace: containers and versions. */
export function registerModels(app: FastifyInstance, cloud: Cloud): void {
  registerContainers(app, cloud);
  registerVersions(app, cloud);
}

function registerContainers(app: FastifyInstance, cloud: Cloud): void {
  const models = `${WORKSPACE_ROUTE}/models`;
  app.get(models, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const found = below(cloud, workspace, CONTAINER_TYPE, `${workspace.id}/models/`);
    const active = inView(request, found, isArchived);
    return page(
      cloud,
      request,
      active.map((container) => shownContainer(cloud, workspace, container)),
    );
  });
  app.get(`${models}/:model`, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "" } = pathParameters(request);
    return shownContainer(cloud, workspace, theContainer(cloud, workspace, model));
  });
  app.put(`${models}/:model`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "" } = pathParameters(request);
    const existing = cloud.resources.get(`${workspace.id}/models/${model}`);
    const container = putContainer(
      cloud,
      workspace,
      model,
      bodyProperties(jsonBody(request)),
      request.caller,
    );
    return reply.code(existing ? 200 : 201).send(shownContainer(cloud, workspace, container));
  });
  app.delete(`${models}/:model`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "" } = pathParameters(request);
    const existing = cloud.resources.get(`${workspace.id}/models/${model}`);
    if (existing) await cloud.resources.removeTree(existing.id);
    return reply.code(existing ? 200 : 204).send();
  });
}

function registerVersions(app: FastifyInstance, cloud: Cloud): void {
  const versions = `${WORKSPACE_ROUTE}/models/:model/versions`;
  app.get(versions, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const container = theContainer(cloud, workspace, pathParameters(request)["model"] ?? "");
    const active = inView(request, versionsOf(cloud, workspace, container.name), isArchived);
    return page(cloud, request, byCreation(request, active, createdAt).map(visible));
  });
  app.get(`${versions}/:version`, async (request) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "", version = "" } = pathParameters(request);
    const found = cloud.resources.get(`${workspace.id}/models/${model}/versions/${version}`);
    if (!found)
      throw new ArmError(
        404,
        "NotFound",
        `Model ${model}:${version} was not found in workspace ${workspace.name}.`,
      );
    return visible(found);
  });
  app.put(`${versions}/:version`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "", version = "" } = pathParameters(request);
    const properties = bodyProperties(jsonBody(request));
    const { resource, created } = await putVersion(
      cloud,
      workspace,
      model,
      version,
      properties,
      request.caller,
    );
    return reply.code(created ? 201 : 200).send(visible(resource));
  });
  app.delete(`${versions}/:version`, async (request, reply) => {
    const workspace = workspaceOf(cloud, request);
    const { model = "", version = "" } = pathParameters(request);
    const existing = cloud.resources.get(`${workspace.id}/models/${model}/versions/${version}`);
    if (existing) await cloud.resources.removeTree(existing.id);
    return reply.code(existing ? 200 : 204).send();
  });
}

function below(cloud: Cloud, workspace: Workspace, type: string, prefix: string): ArmResource[] {
  const start = prefix.toLowerCase();
  return cloud.resources
    .children(workspace.id)
    .filter((resource) => resource.type === type && resource.id.toLowerCase().startsWith(start));
}

function versionsOf(cloud: Cloud, workspace: Workspace, model: string): ArmResource[] {
  return below(cloud, workspace, MODEL_VERSION_TYPE, `${workspace.id}/models/${model}/versions/`);
}

function createdAt(resource: ArmResource): string {
  return String(resource.systemData?.["createdAt"] ?? "");
}

function isArchived(resource: ArmResource): boolean {
  return resource.properties["isArchived"] === true;
}

function theContainer(cloud: Cloud, workspace: Workspace, name: string): ArmResource {
  const found = cloud.resources.get(`${workspace.id}/models/${name}`);
  if (!found)
    throw new ArmError(404, "NotFound", `Model ${name} was not found in workspace ${workspace.name}.`);
  return found;
}

/** Adds what is known from the versions: the newest by creation, and the next number. */
function shownContainer(cloud: Cloud, workspace: Workspace, container: ArmResource): Record<string, unknown> {
  const versions = versionsOf(cloud, workspace, container.name);
  const newest = [...versions].sort((a, b) => createdAt(a).localeCompare(createdAt(b))).pop();
  const numbers = versions.map((version) => Number(version.name)).filter(Number.isSafeInteger);
  const nextVersion = String(Math.max(0, ...numbers) + 1);
  const properties = { ...container.properties, latestVersion: newest?.name ?? null, nextVersion };
  return { ...visible(container), properties };
}

function putContainer(
  cloud: Cloud,
  workspace: Workspace,
  name: string,
  properties: Record<string, unknown>,
  caller: Caller | undefined,
): ArmResource {
  requireName(name, NAMES.asset, "model name", "name");
  const id = `${workspace.id}/models/${name}`;
  const existing = cloud.resources.get(id);
  const container: ArmResource = {
    id,
    name: existing?.name ?? name,
    type: CONTAINER_TYPE,
    systemData: systemData(cloud, caller?.objectId ?? "", existing?.systemData),
    properties: { ...described(properties), provisioningState: "Succeeded" },
  };
  cloud.resources.put(container);
  return container;
}

/** The members every asset has. */
function described(properties: Record<string, unknown>): Record<string, unknown> {
  return {
    description: optionalString(properties, "description", "properties.description") ?? null,
    tags: stringMap(properties["tags"], "properties.tags"),
    properties: stringMap(properties["properties"], "properties.properties"),
    isArchived: properties["isArchived"] === true,
  };
}

async function putVersion(
  cloud: Cloud,
  workspace: Workspace,
  name: string,
  version: string,
  properties: Record<string, unknown>,
  caller: Caller | undefined,
): Promise<{ resource: ArmResource; created: boolean }> {
  requireName(name, NAMES.asset, "model name", "name");
  requireName(version, NAMES.modelVersion, "model version", "version");
  const id = `${workspace.id}/models/${name}/versions/${version}`;
  const existing = cloud.resources.get(id);
  const modelType = optionalString(properties, "modelType", "properties.modelType") ?? "custom_model";
  if (!MODEL_TYPES.includes(modelType)) {
    throw new ArmError(
      400,
      "ValidationError",
      `properties.modelType is "${modelType}", allowed: ${MODEL_TYPES.join(", ")}.`,
    );
  }
  const modelUri = optionalString(properties, "modelUri", "properties.modelUri");
  if (!modelUri)
    throw new ArmError(
      400,
      "ValidationError",
      "properties.modelUri is missing; say where the model's files are.",
    );
  const fixed = existing
    ? unchangedContent(existing, modelUri, modelType)
    : await modelContent(cloud, workspace, modelUri, modelType);
  const resource: ArmResource = {
    id,
    name: existing?.name ?? version,
    type: MODEL_VERSION_TYPE,
    systemData: systemData(cloud, caller?.objectId ?? "", existing?.systemData),
    properties: {
      ...described(properties),
      isAnonymous: properties["isAnonymous"] === true,
      stage: optionalString(properties, "stage", "properties.stage") ?? null,
      ...fixed,
      modelType,
      provisioningState: "Succeeded",
    },
    hidden: { givenUri: existing?.hidden?.["givenUri"] ?? modelUri },
  };
  if (!cloud.resources.get(`${workspace.id}/models/${name}`))
    putContainer(cloud, workspace, name, {}, caller);
  cloud.resources.put(resource);
  return { resource, created: !existing };
}

/** A version's content never changes: the same uri (as given or as stored) again is fine, another is refused. */
function unchangedContent(
  existing: ArmResource,
  modelUri: string,
  modelType: string,
): Record<string, unknown> {
  const { modelUri: storedUri, modelType: storedType, jobName, flavors } = existing.properties;
  const stored = { uri: storedUri, givenUri: existing.hidden?.["givenUri"], type: storedType };
  modelVersionFixed(existing.name, stored, { uri: modelUri, type: modelType });
  return { modelUri: storedUri, jobName: jobName ?? null, flavors: isRecord(flavors) ? flavors : {} };
}
