/**
 * Get, list, put, patch and delete of an ARM resource type. A table (`ArmTypeSpec`) describes how a type
 * differs.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ArmResource, Cloud } from "../cloud";
import { LOCAL_PRINCIPAL_ID } from "../constants";
import { resourceNotFound } from "../errors";
import {
  bodyOf,
  invalid,
  type Json,
  objectAt,
  page,
  publicView,
  systemDataFor,
  tagsOf,
  textAt,
} from "./body";
import { checkConditions, etagOf } from "./etag";
import { resolveIdentity } from "./identity";
import { knownLocation } from "./locations";
import { requireParent } from "./parent";
import { locationFixed } from "../rules/immutability";
import { groupNotBeingDeleted, nameFreeOnceDeleted } from "../rules/lifecycle";

export interface PutContext<C extends Cloud = Cloud> {
  cloud: C;
  id: string;
  name: string;
  /** The body; for a PATCH, the stored resource with the body merged in. */
  body: Json;
  existing: ArmResource | undefined;
  request: FastifyRequest;
}

interface ResourceWork<C extends Cloud> {
  latency: string;
  /**
   * `async` (the default): by `Azure-AsyncOperation`. `location`: by a 202 without body. `body`: by
   * provisioningState.
   */
  style?: "async" | "location" | "body";
  /** Default `Creating` or `Updating`. */
  state?: string;
  /** Must be repeatable: it runs again after a restart. */
  run?: (cloud: C, resource: ArmResource, signal: AbortSignal) => Promise<void>;
}

export interface ArmTypeSpec<C extends Cloud = Cloud> {
  /** `Microsoft.X/y/z`, in the casing of answers. */
  type: string;
  /** Its last segment is the name's parameter. */
  path: string;
  /** Further paths that list this type (subscription scope). */
  alsoListedAt?: readonly string[];
  nameRule?: { pattern: RegExp; rule: string };
  /** Tracked resources have `location` and `tags` and can be listed by subscription. */
  tracked?: boolean;
  /** Top-level members taken from the body besides location, tags and properties. */
  topLevel?: ReadonlyArray<"identity" | "sku" | "kind">;
  /** Checks the body and returns the stored properties and, if any, hidden values. Default: the body's properties. */
  build?: (context: PutContext<C>) => Partial<ArmResource> | Promise<Partial<ArmResource>>;
  /** Without it a put is complete when it is answered. */
  putWork?: ResourceWork<C>;
  deleteWork?: ResourceWork<C>;
  /** Runs before a delete is accepted; throws to refuse it. */
  beforeDelete?: (cloud: C, resource: ArmResource, request: FastifyRequest) => void | Promise<void>;
  /** Added on every read. */
  present?: (cloud: C, resource: ArmResource) => ArmResource;
  filter?: (resource: ArmResource, query: Query) => boolean;
  /**
   * True if the query requests a list across all names of the parent type, and not only the name in the path.
   */
  listsEveryName?: (query: Query) => boolean;
  /** Default: by creation. */
  listed?: (items: ArmResource[], query: Query) => ArmResource[];
  /** If the body has none. */
  locationFrom?: (cloud: C, id: string) => string | undefined;
  /** Creates a missing parent once the resource has been accepted (asset containers). */
  implicitParent?: (cloud: C, id: string, body: Json) => void;
  /** For a missing resource (it purges what is soft-deleted). */
  deleteAbsent?: (cloud: C, id: string, query: Query) => void;
  /** Types that cannot be patched answer 405. Default true. */
  patchable?: boolean;
  /** Default `replace`. */
  patchTags?: "replace" | "merge";
  /** Default 201. A type with 202 answers without a body; clients read the resource when the operation has ended. */
  createdStatus?: 200 | 201 | 202;
  etagInBody?: boolean;
  /** Types without a provisioningState (role assignments). Default false. */
  stateless?: boolean;
  /** Types without systemData (azure-native 3.28.0 reads none of them). Default false. */
  anonymous?: boolean;
}

interface Routes<C extends Cloud> {
  app: FastifyInstance;
  cloud: C;
  spec: ArmTypeSpec<C>;
}

type Params = Record<string, string>;

export interface RouteParams {
  Params: Params;
}

type Query = Record<string, string | undefined>;

/** The id in canonical casing: literals from the spec, names from the request or the existing resource. */
export function idFor(path: string, params: Params): string {
  return path.replace(/:([A-Za-z]+)/g, (_, name: string) => params[name] ?? "");
}

function presentResource<C extends Cloud>(cloud: C, spec: ArmTypeSpec<C>, resource: ArmResource): Json {
  const view = publicView(spec.present ? spec.present(cloud, resource) : resource);
  return spec.etagInBody ? { ...view, etag: etagOf(resource) } : view;
}

/** By lower-case type: a long-running operation's result is the answer to a GET. */
const registered = new WeakMap<Cloud, Map<string, (resource: ArmResource) => Json>>();

export function presentById(cloud: Cloud, id: string): Json | undefined {
  const resource = cloud.resources.get(id);
  if (!resource) return undefined;
  const present = registered.get(cloud)?.get(resource.type.toLowerCase()) ?? publicView;
  return present(resource);
}

export function registerArmType<C extends Cloud>(app: FastifyInstance, cloud: C, spec: ArmTypeSpec<C>): void {
  const routes = { app, cloud, spec };
  const types = registered.get(cloud) ?? new Map<string, (resource: ArmResource) => Json>();
  registered.set(
    cloud,
    types.set(spec.type.toLowerCase(), (resource) => presentResource(cloud, spec, resource)),
  );
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
      return put(routes, request, reply, merge(existing, bodyOf(request), spec.patchTags));
    });
  }
  app.delete<RouteParams>(spec.path, (request, reply) => remove(routes, request, reply));

  cloud.lro.resume(`${spec.type}/put`, async (id, signal) => {
    const resource = cloud.resources.get(id);
    if (resource) await finishPut(routes, resource, signal);
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

/** Merges `properties`; `tagging` says what happens to tags. */
function merge(existing: ArmResource, patch: Json, tagging: "replace" | "merge" = "replace"): Json {
  const { properties, ...rest } = patch;
  const { identity, sku, kind, location, tags } = existing;
  const given = tagsOf(patch);
  return {
    ...{ identity, sku, kind, location, tags },
    ...rest,
    ...(given ? { tags: tagging === "merge" ? { ...tags, ...given } : given } : {}),
    properties: { ...existing.properties, ...(objectAt({ properties }, "properties") ?? {}) },
  };
}

async function put<C extends Cloud>(
  routes: Routes<C>,
  request: FastifyRequest<RouteParams>,
  reply: FastifyReply,
  body: Json,
): Promise<FastifyReply> {
  const { cloud, spec } = routes;
  const requestedId = idFor(spec.path, request.params);
  const before = cloud.resources.get(requestedId)?.name;
  checkName(spec, before ?? (requestedId.split("/").at(-1) as string));
  const parent = requestedId.split("/").slice(0, -2).join("/");
  requireParent(cloud, spec.implicitParent ? parent : requestedId);
  const existing = cloud.resources.get(requestedId);
  const id = existing?.id ?? requestedId;
  const name = existing?.name ?? (id.split("/").at(-1) as string);
  nameFreeOnceDeleted(name, existing);
  groupNotBeingDeleted(cloud.resources.get(id.split(/\/providers\//i)[0] ?? ""));
  checkConditions(request, existing);
  const context = { cloud, id, name, body, existing, request };
  const built = spec.build ? await spec.build(context) : {};
  if (!cloud.resources.get(parent)) spec.implicitParent?.(cloud, requestedId, body);
  const work = workOf(spec, existing);
  const state = work ? (work.state ?? (existing ? "Updating" : "Creating")) : "Succeeded";
  const resource: ArmResource = {
    id,
    name,
    type: spec.type,
    ...common(context, spec),
    ...(spec.anonymous ? {} : { systemData: systemDataFor(existing, LOCAL_PRINCIPAL_ID, cloud.clock.now()) }),
    ...built,
    properties: {
      ...(built.properties ?? objectAt(body, "properties") ?? {}),
      ...(spec.stateless ? {} : { provisioningState: state }),
    },
  };
  cloud.resources.put(resource);
  if (work) {
    const { style = "async" } = work;
    const run = (signal: AbortSignal): Promise<void> =>
      finishPut(routes, cloud.resources.get(id) ?? resource, signal);
    const headers = cloud.lro.start(id, `${spec.type}/put`, run, style === "async" ? "async" : "location");
    const isAccepted = style === "location" || (!existing && spec.createdStatus === 202);
    if (isAccepted) return reply.code(202).headers(headers).send();
    void reply.headers(style === "async" ? headers : cloud.lro.retryHeaders(id));
  }
  void reply.header("etag", etagOf(cloud.resources.get(id) ?? resource));
  return reply
    .code(existing ? 200 : (spec.createdStatus ?? 201))
    .send(presentResource(cloud, spec, resource));
}

/**
 * The styles without `Azure-AsyncOperation` apply to creation only: a later change is complete when it is
 * answered.
 */
function workOf<C extends Cloud>(
  { putWork }: ArmTypeSpec<C>,
  existing: ArmResource | undefined,
): ResourceWork<C> | undefined {
  const settled = existing?.properties["provisioningState"] === "Succeeded";
  return settled && putWork?.style !== undefined && putWork.style !== "async" ? undefined : putWork;
}

function checkName<C extends Cloud>(spec: ArmTypeSpec<C>, name: string): void {
  if (!spec.nameRule || spec.nameRule.pattern.test(name)) return;
  const type = spec.type.split("/").at(-1);
  throw invalid(
    "InvalidResourceName",
    `The name '${name}' is not valid for ${type}: ${spec.nameRule.rule}.`,
    "name",
  );
}

function common<C extends Cloud>(
  { cloud, body, existing, name, id }: PutContext<C>,
  spec: ArmTypeSpec<C>,
): Partial<ArmResource> {
  const members: Partial<ArmResource> = {};
  if (spec.tracked) {
    const location = textAt(body, "location") ?? existing?.location ?? spec.locationFrom?.(cloud, id);
    if (!location)
      throw invalid("LocationRequired", "The location property is required for this definition.", "location");
    members.location = knownLocation(location, spec.type);
    locationFixed(name, existing?.location, members.location);
    members.tags = tagsOf(body) ?? {};
  }
  const take = new Set(spec.topLevel ?? []);
  if (take.has("sku")) members.sku = objectAt(body, "sku") ?? existing?.sku;
  if (take.has("kind")) members.kind = textAt(body, "kind") ?? existing?.kind;
  if (take.has("identity"))
    members.identity = resolveIdentity(cloud, objectAt(body, "identity"), existing?.identity);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

async function finishPut<C extends Cloud>(
  { cloud, spec }: Routes<C>,
  resource: ArmResource,
  signal: AbortSignal,
): Promise<void> {
  await cloud.clock.latency(spec.putWork?.latency ?? "", signal);
  const current = cloud.resources.get(resource.id);
  // Deleted during its creation: create nothing for it any more.
  if (!current || current.properties["provisioningState"] === "Deleting") return;
  await spec.putWork?.run?.(cloud, current, signal);
  const now = cloud.resources.get(resource.id);
  if (!now || now.properties["provisioningState"] === "Deleting") return;
  cloud.resources.put({ ...now, properties: { ...now.properties, provisioningState: "Succeeded" } });
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
