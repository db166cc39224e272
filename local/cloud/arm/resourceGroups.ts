import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import type { Core } from "../core";
import { bodyOf, invalid, type Json, page, publicView, tagsOf, textAt } from "./body";
import { groupNotBeingDeleted } from "../rules/lifecycle";
import { NAMES } from "../rules/names";
import { knownLocation } from "./locations";
import { filterResources } from "./resourceFilter";
import { accepts, PAGING } from "../strict/declaration";

const GROUP_TYPE = "Microsoft.Resources/resourceGroups";
const GROUP = "/subscriptions/:subscriptionId/resourceGroups/:resourceGroupName";
const FILTERED = { query: ["$filter", "$expand", ...PAGING] };
const DELETE_KIND = "resourceGroups/delete";

interface GroupParams {
  subscriptionId: string;
  resourceGroupName: string;
}

const idOf = ({ subscriptionId, resourceGroupName }: GroupParams): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;

function withState(group: ArmResource, provisioningState: string): ArmResource {
  return { ...group, properties: { ...group.properties, provisioningState } };
}

export function registerResourceGroups(app: FastifyInstance, core: Core): void {
  const { resources } = core;
  const find = (params: GroupParams): ArmResource => {
    const group = resources.get(idOf(params));
    if (group) return group;
    const message = `Resource group '${params.resourceGroupName}' could not be found.`;
    throw new ArmError(404, "ResourceGroupNotFound", message);
  };

  app.head<{ Params: GroupParams }>(GROUP, (request, reply) => {
    // The existence check of the SDKs: 204 or 404, never a body.
    return reply.code(resources.get(idOf(request.params)) ? 204 : 404).send();
  });
  app.get<{ Params: GroupParams }>(GROUP, (request) => publicView(find(request.params)));
  app.get<{ Params: { subscriptionId: string } }>(
    "/subscriptions/:subscriptionId/resourceGroups",
    (request) => {
      const root = `/subscriptions/${request.params.subscriptionId}/`.toLowerCase();
      const groups = resources.ofType(GROUP_TYPE).filter(({ id }) => id.toLowerCase().startsWith(root));
      const { $filter } = request.query as { $filter?: string };
      return page(filterResources(groups, $filter).map(publicView), request, core.baseUrl);
    },
  );
  app.get<{ Params: GroupParams }>(
    `${GROUP}/resources`,
    accepts("resources of a resource group", FILTERED),
    (request) => listResources(core, find(request.params).id, request),
  );
  app.get<{ Params: { subscriptionId: string } }>(
    "/subscriptions/:subscriptionId/resources",
    accepts("resources of a subscription", FILTERED),
    (request) => listResources(core, `/subscriptions/${request.params.subscriptionId}`, request),
  );
  app.put<{ Params: GroupParams }>(GROUP, (request, reply) => {
    const existing = resources.get(idOf(request.params));
    const group = build(request.params, bodyOf(request), existing);
    resources.put(group);
    return reply.code(existing ? 200 : 201).send(publicView(group));
  });
  app.patch<{ Params: GroupParams }>(GROUP, (request) => {
    const group = { ...find(request.params), tags: tagsOf(bodyOf(request)) ?? {} };
    resources.put(group);
    return publicView(group);
  });
  app.delete<{ Params: GroupParams }>(GROUP, (request, reply) => {
    const group = find(request.params);
    resources.put(withState(group, "Deleting"));
    const headers = core.lro.start(
      group.id,
      DELETE_KIND,
      (signal) => removeGroup(core, group.id, signal),
      "location",
    );
    return reply.code(202).headers(headers).send();
  });
  core.lro.resume(DELETE_KIND, (id, signal) => removeGroup(core, id, signal));
}

/** Without a filter only the requested page is read: a group may have thousands. */
function listResources(core: Core, id: string, request: FastifyRequest): Json {
  const { resources } = core;
  const { $filter } = request.query as { $filter?: string };
  if ($filter)
    return page(
      filterResources(resources.children(id, isListed), $filter).map(summary),
      request,
      core.baseUrl,
    );
  const { value, ...rest } = page(resources.idsBelow(id).filter(isListed), request, core.baseUrl);
  return { value: value.flatMap((key) => resources.get(key) ?? []).map(summary), ...rest };
}

async function removeGroup(core: Core, id: string, signal: AbortSignal): Promise<void> {
  await core.clock.latency("group.delete", signal);
  await core.resources.removeTree(id);
}

function build(params: GroupParams, body: Json, existing: ArmResource | undefined): ArmResource {
  if (!NAMES.resourceGroup.pattern.test(params.resourceGroupName)) {
    const { rule } = NAMES.resourceGroup;
    throw invalid(
      "InvalidResourceGroup",
      `The resource group name '${params.resourceGroupName}' is invalid: ${rule}.`,
    );
  }
  const requested = textAt(body, "location");
  if (!requested)
    throw invalid("LocationRequired", "The location property is required for this definition.", "location");
  const location = knownLocation(requested, GROUP_TYPE);
  if (existing?.location && existing.location !== location) {
    const message = `Invalid resource group location '${location}'. The Resource group already exists in location '${existing.location}'.`;
    throw new ArmError(409, "InvalidResourceGroupLocation", message);
  }
  groupNotBeingDeleted(existing);
  const managedBy = textAt(body, "managedBy");
  return {
    id: existing?.id ?? idOf(params),
    name: existing?.name ?? params.resourceGroupName,
    type: GROUP_TYPE,
    location,
    tags: tagsOf(body) ?? {},
    ...(managedBy ? { managedBy } : {}),
    properties: { provisioningState: "Succeeded" },
  };
}

/**
 * `…/providers/N/type/name`. Of nested resources the lists have the tracked ones, online endpoints and deployments
 * (OnlineEndpointTrackedResource in Microsoft.MachineLearningServices' OpenAPI); no proxy and extension resources.
 */
function isListed(id: string): boolean {
  const [, path = ""] = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/(.+)$/i.exec(id) ?? [];
  return (
    /^[^/]+\/[^/]+\/[^/]+$/.test(path) ||
    /^[^/]+\/workspaces\/[^/]+\/onlineEndpoints\/[^/]+(\/deployments\/[^/]+)?$/i.test(path)
  );
}

/** The name of a nested resource has those of its parents: `workspace/endpoint`. */
function fullName(id: string): string {
  const [, path = ""] = /\/providers\/[^/]+\/(.+)$/i.exec(id) ?? [];
  return path
    .split("/")
    .filter((_, index) => index % 2 === 1)
    .join("/");
}

function summary({ id, type, location, tags, kind, sku, identity }: ArmResource): Json {
  return { id, name: fullName(id), type, location, tags, kind, sku, identity };
}
