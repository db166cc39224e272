/** Deployments of templates to a resource group, as `workspaces.begin_create` of azure-ai-ml and `az ml workspace create` send them. */
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import type { Core } from "../core";
import { errorBody, resourceNotFound } from "../errors";
import { accepts, FreeForm } from "../strict/declaration";
import { bodyOf, invalid, type Json, objectAt, requiredText } from "./body";
import { plan, type PlannedResource } from "./template";
import { putByType } from "./type";

const COLLECTION = "deployments";
const KIND = "deployments/put";
const GROUP = "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName";
const DEPLOYMENT = `${GROUP}/providers/Microsoft.Resources/deployments/:deploymentName`;
const POLL_MS = 20;

interface Deployment {
  id: string;
  name: string;
  state: "Running" | "Succeeded" | "Failed";
  timestamp: string;
  resources: Array<PlannedResource & { state?: "Running" | "Succeeded" | "Failed" }>;
  error?: unknown;
}

interface Params {
  resourceGroupName: string;
  subscriptionId: string;
  deploymentName: string;
}

export function registerDeployments(app: FastifyInstance, core: Core): void {
  const groupId = ({ subscriptionId, resourceGroupName }: Params): string =>
    `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
  const idOf = (params: Params): string =>
    `${groupId(params)}/providers/Microsoft.Resources/deployments/${params.deploymentName}`;
  const find = (params: Params): Deployment => {
    const found = core.store.get<Deployment>(COLLECTION, idOf(params).toLowerCase());
    if (!found || !core.resources.get(groupId(params))) throw resourceNotFound(idOf(params));
    return found;
  };
  const template = new FreeForm(
    "an ARM template; what the local cloud does not support in it is refused by name",
  );
  const body = { properties: { mode: "any", template, parameters: template } as const };
  app.put<{ Params: Params }>(DEPLOYMENT, accepts("deploy a template", { body }), (request, reply) => {
    const group = core.resources.get(groupId(request.params));
    if (!group) {
      const message = `Resource group '${request.params.resourceGroupName}' could not be found.`;
      throw new ArmError(404, "ResourceGroupNotFound", message);
    }
    const deployment = deploymentOf(bodyOf(request), idOf(request.params), group, core);
    save(core, deployment);
    const headers = core.lro.start(deployment.id, KIND, (signal) => deploy(core, deployment.id, signal));
    return reply.code(201).headers(headers).send(wire(deployment));
  });
  app.get<{ Params: Params }>(DEPLOYMENT, accepts("a deployment"), (request) => wire(find(request.params)));
  // ARM keeps the resources. It answers 202 while it deletes the record, or 204 (Microsoft.Resources 2021-04-01, Deployments_Delete).
  app.delete<{ Params: Params }>(DEPLOYMENT, accepts("delete a deployment"), (request, reply) => {
    core.store.delete(COLLECTION, find(request.params).id.toLowerCase());
    return reply.code(204).send();
  });
  app.get<{ Params: Params }>(
    `${GROUP}/deployments/:deploymentName/operations`,
    accepts("operations of a deployment", { query: ["$top"] }),
    (request) => ({ value: operations(find(request.params)) }),
  );
  core.lro.resume(KIND, (id, signal) => deploy(core, id, signal));
}

function deploymentOf(body: Json, id: string, group: ArmResource, core: Core): Deployment {
  const properties = objectAt(body, "properties") ?? {};
  requiredText(properties, "mode", "properties.mode", ["Incremental"]);
  const template = objectAt(properties, "template", "properties.template");
  if (!template) throw invalid("InvalidRequestContent", "The property 'properties.template' is required.");
  const resources = plan(template, objectAt(properties, "parameters") ?? {}, group);
  const timestamp = core.clock.now().toISOString();
  return { id, name: id.split("/").at(-1) ?? "", state: "Running", timestamp, resources };
}

/** Repeatable: a resource that exists is put again with the same body. */
async function deploy(core: Core, id: string, signal: AbortSignal): Promise<void> {
  const deployment = core.store.get<Deployment>(COLLECTION, id.toLowerCase());
  if (!deployment) return;
  for (const resource of deployment.resources) {
    try {
      resource.state = "Running";
      save(core, deployment);
      await putByType(core, resource.type, resource.id, resource.body);
      await settled(core, resource.id, signal);
      resource.state = "Succeeded";
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, message } = errorBody(error).error;
      const details = [{ code, message, target: resource.id }];
      const text = `At least one resource deployment operation failed: ${message}`;
      resource.state = deployment.state = "Failed";
      deployment.error = { code: "DeploymentFailed", message: text, details };
      save(core, deployment);
      throw new ArmError(409, "DeploymentFailed", text, { details }, { cause: error });
    }
  }
  deployment.state = "Succeeded";
  save(core, deployment);
}

/** @throws ArmError if the resource's own operation failed */
async function settled(core: Core, id: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const state = core.resources.get(id)?.properties["provisioningState"] ?? "Succeeded";
    if (state === "Succeeded") return;
    if (state === "Failed")
      throw new ArmError(409, "ResourceDeploymentFailure", `${id} could not be created.`);
    await delay(POLL_MS, undefined, { signal });
  }
}

function save(core: Core, deployment: Deployment): void {
  core.store.put(COLLECTION, deployment.id.toLowerCase(), { ...deployment });
}

function wire({ id, name, state, timestamp, resources, error }: Deployment): Json {
  const outputResources = resources.filter((one) => one.state === "Succeeded").map((one) => ({ id: one.id }));
  const type = "Microsoft.Resources/deployments";
  const properties = {
    provisioningState: state,
    mode: "Incremental",
    timestamp,
    duration: "PT1S",
    outputResources,
  };
  return { id, name, type, properties: { ...properties, ...(error ? { error } : {}) } };
}

function operations({ id, timestamp, resources }: Deployment): Json[] {
  return resources.flatMap(({ id: target, type, state }, index) => {
    if (!state) return [];
    const targetResource = { id: target, resourceType: type, resourceName: target.split("/").at(-1) };
    const properties = {
      ...{ provisioningOperation: "Create", provisioningState: state, timestamp, duration: "PT1S" },
      ...{ statusCode: state === "Failed" ? "Conflict" : "OK", targetResource },
    };
    return [{ id: `${id}/operations/${index}`, operationId: String(index), properties }];
  });
}
