/**
 * Get, list, put, patch and delete of an ARM resource type. A table (`ArmTypeSpec`) describes how a type
 * differs.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ArmResource, Cloud } from "../cloud";
import { resourceNotFound } from "../errors";
import { bodyOf, invalid, type Json, page, publicView } from "./body";
import { checkConditions, etagOf } from "./etag";
import { requireParent } from "./parent";
import { finishPut, mergePatch, putResource } from "./put";
import type { ArmTypeSpec, Query } from "./typeSpec";

interface Routes<C extends Cloud> {
  app: FastifyInstance;
  cloud: C;
  spec: ArmTypeSpec<C>;
}

type Params = Record<string, string>;

export interface RouteParams {
  Params: Params;
}

/** The id in canonical casing: literals from the spec, names from the request or the existing resource. */
export function idFor(path: string, params: Params): string {
  return path.replace(/:([A-Za-z]+)/g, (_, name: string) => params[name] ?? "");
}

function presentResource<C extends Cloud>(cloud: C, spec: ArmTypeSpec<C>, resource: ArmResource): Json {
  const view = publicView(spec.present ? spec.present(cloud, resource) : resource);
  return spec.etagInBody ? { ...view, etag: etagOf(resource) } : view;
}

interface RegisteredType {
  /** A long-running operation's result is the answer to a GET. */
  present: (resource: ArmResource) => Json;
  put: (id: string, body: Json) => Promise<unknown>;
}

/** By lower-case type. */
const registered = new WeakMap<Cloud, Map<string, RegisteredType>>();

/** Creates or replaces a resource of any type. @throws ArmError for what its PUT would refuse, and 400 for an unknown type */
export async function putByType(cloud: Cloud, type: string, id: string, body: Json): Promise<void> {
  const found = registered.get(cloud)?.get(type.toLowerCase());
  if (!found)
    throw invalid("InvalidTemplate", `The local cloud does not support the resource type '${type}'.`, "type");
  await found.put(id, body);
}

export function presentById(cloud: Cloud, id: string): Json | undefined {
  const resource = cloud.resources.get(id);
  if (!resource) return undefined;
  const present = registered.get(cloud)?.get(resource.type.toLowerCase())?.present ?? publicView;
  return present(resource);
}

export function registerArmType<C extends Cloud>(app: FastifyInstance, cloud: C, spec: ArmTypeSpec<C>): void {
  const routes = { app, cloud, spec };
  const types = registered.get(cloud) ?? new Map<string, RegisteredType>();
  types.set(spec.type.toLowerCase(), {
    present: (resource) => presentResource(cloud, spec, resource),
    put: (id, body) => putResource(cloud, spec, id, body),
  });
  registered.set(cloud, types);
  const collection = spec.path.replace(/\/:[A-Za-z]+$/, "");
  // The existence check of the resources client: 204 or 404, never a body.
  app.head<RouteParams>(spec.path, (request, reply) => {
    const found = cloud.resources.get(idFor(spec.path, request.params));
    return reply.code(found ? 204 : 404).send();
  });
  app.get<RouteParams>(spec.path, (request, reply) => {
    const resource = find(routes, request.params);
    void reply.header("etag", etagOf(resource)).headers(cloud.lro.retryHeaders(resource.id));
    return presentResource(cloud, spec, resource);
  });
  for (const path of [collection, ...(spec.alsoListedAt ?? [])]) {
    app.get<RouteParams>(path, (request) => {
      const items = list(routes, path, request.params, request.query as Query);
      return page(items, request, cloud.baseUrl);
    });
  }
  app.put<RouteParams>(spec.path, (request, reply) => put(routes, request, reply, bodyOf(request)));
  if (spec.patchable !== false) {
    app.patch<RouteParams>(spec.path, (request, reply) => {
      const existing = find(routes, request.params);
      return put(routes, request, reply, mergePatch(existing, bodyOf(request), spec.patchTags));
    });
  }
  app.delete<RouteParams>(spec.path, (request, reply) => remove(routes, request, reply));

  cloud.lro.resume(`${spec.type}/put`, async (id, signal) => {
    const resource = cloud.resources.get(id);
    if (resource) await finishPut(cloud, spec, resource, signal);
  });
  cloud.lro.resume(`${spec.type}/delete`, async (id, signal) => {
    const resource = cloud.resources.get(id);
    if (resource) await finishDelete(routes, resource, signal);
  });
}

function find<C extends Cloud>({ cloud, spec }: Routes<C>, params: Params): ArmResource {
  const id = idFor(spec.path, params);
  const resource = cloud.resources.get(id);
  if (resource) return resource;
  requireParent(cloud, id);
  throw resourceNotFound(id);
}

function list<C extends Cloud>(
  { cloud, spec }: Routes<C>,
  path: string,
  params: Params,
  query: Query,
): Json[] {
  const scope = idFor(path, params).toLowerCase();
  const everyName = spec.listsEveryName?.(query) === true;
  const nested = !everyName && path === spec.path.replace(/\/:[A-Za-z]+$/, "");
  const names = scope.split("/").slice(0, -2).join("/");
  if (nested) requireParent(cloud, `${idFor(path, params)}/x`);
  if (everyName) requireParent(cloud, `${names}/x`);
  const root = nested ? scope : everyName ? names : (scope.split("/providers/")[0] ?? scope);
  const found = nested
    ? cloud.resources.children(root, (id) => id.lastIndexOf("/") === root.length)
    : cloud.resources.ofType(spec.type, (id) => id.startsWith(`${root}/`));
  const below = found.filter((resource) => !spec.filter || spec.filter(resource, query));
  const ordered = spec.listed ? spec.listed(below, query) : below;
  return ordered.map((resource) => presentResource(cloud, spec, resource));
}

async function put<C extends Cloud>(
  { cloud, spec }: Routes<C>,
  request: FastifyRequest<RouteParams>,
  reply: FastifyReply,
  body: Json,
): Promise<FastifyReply> {
  const id = idFor(spec.path, request.params);
  const { resource, existing, polled } = await putResource(cloud, spec, id, body, (stored) =>
    checkConditions(request, stored),
  );
  if (polled) {
    const { style, headers } = polled;
    const isAccepted = style === "location" || (!existing && spec.createdStatus === 202);
    if (isAccepted) return reply.code(202).headers(headers).send();
    void reply.headers(style === "async" ? headers : cloud.lro.retryHeaders(resource.id));
  }
  void reply.header("etag", etagOf(cloud.resources.get(resource.id) ?? resource));
  return reply
    .code(existing ? 200 : (spec.createdStatus ?? 201))
    .send(presentResource(cloud, spec, resource));
}

async function remove<C extends Cloud>(
  routes: Routes<C>,
  request: FastifyRequest<RouteParams>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { cloud, spec } = routes;
  const id = idFor(spec.path, request.params);
  const resource = cloud.resources.get(id);
  if (!resource) {
    spec.deleteAbsent?.(cloud, id, request.query as Query);
    return reply.code(204).send();
  }
  checkConditions(request, resource);
  await spec.beforeDelete?.(cloud, resource, request);
  if (!spec.deleteWork) {
    await cloud.resources.removeTree(resource.id);
    return reply.code(200).send();
  }
  const query = request.query as Record<string, string>;
  const hidden = { ...resource.hidden, forceToPurge: query["forceToPurge"] === "true" };
  cloud.resources.put({
    ...resource,
    hidden,
    properties: { ...resource.properties, provisioningState: "Deleting" },
  });
  const headers = cloud.lro.start(resource.id, `${spec.type}/delete`, (signal) =>
    finishDelete(routes, resource, signal),
  );
  return reply.code(202).headers(headers).send();
}

async function finishDelete<C extends Cloud>(
  { cloud, spec }: Routes<C>,
  resource: ArmResource,
  signal: AbortSignal,
): Promise<void> {
  await cloud.clock.latency(spec.deleteWork?.latency ?? "", signal);
  await spec.deleteWork?.run?.(cloud, resource, signal);
  await cloud.resources.removeTree(resource.id);
}
