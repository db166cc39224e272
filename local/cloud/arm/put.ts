/**
 * Creates or replaces a resource of a type, for a client's PUT or PATCH and for what the service registers
 * itself.
 */
import type { ArmResource, Cloud } from "../cloud";
import { LOCAL_PRINCIPAL_ID } from "../constants";
import { locationFixed } from "../rules/immutability";
import { groupNotBeingDeleted, nameFreeOnceDeleted } from "../rules/lifecycle";
import { invalid, type Json, objectAt, systemDataFor, tagsOf, textAt } from "./body";
import { resolveIdentity } from "./identity";
import { knownLocation } from "./locations";
import { requireParent } from "./parent";
import type { ArmTypeSpec, PutContext, ResourceWork } from "./typeSpec";

interface Put {
  resource: ArmResource;
  existing: ArmResource | undefined;
  /** Of the operation that continues the work; undefined if the put is complete. */
  polled?: { style: "async" | "location" | "body"; headers: Record<string, string> };
}

/** `accept` runs before anything is changed; it throws to refuse the put. */
export async function putResource<C extends Cloud>(
  cloud: C,
  spec: ArmTypeSpec<C>,
  requestedId: string,
  body: Json,
  accept: (existing: ArmResource | undefined) => void = () => undefined,
): Promise<Put> {
  const before = cloud.resources.get(requestedId)?.name;
  checkName(spec, before ?? (requestedId.split("/").at(-1) as string));
  const parent = requestedId.split("/").slice(0, -2).join("/");
  requireParent(cloud, spec.implicitParent ? parent : requestedId);
  const existing = cloud.resources.get(requestedId);
  const id = existing?.id ?? requestedId;
  const name = existing?.name ?? (id.split("/").at(-1) as string);
  nameFreeOnceDeleted(name, existing);
  groupNotBeingDeleted(cloud.resources.get(id.split(/\/providers\//i)[0] ?? ""));
  accept(existing);
  const context = { cloud, id, name, body, existing };
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
  if (!work) return { resource, existing };
  const { style = "async" } = work;
  const run = (signal: AbortSignal): Promise<void> =>
    finishPut(cloud, spec, cloud.resources.get(id) ?? resource, signal);
  const headers = cloud.lro.start(id, `${spec.type}/put`, run, style === "async" ? "async" : "location");
  return { resource, existing, polled: { style, headers } };
}

/** Merges `properties`; `tagging` says what happens to tags. */
export function mergePatch(
  existing: ArmResource,
  patch: Json,
  tagging: "replace" | "merge" = "replace",
): Json {
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

export async function finishPut<C extends Cloud>(
  cloud: C,
  spec: ArmTypeSpec<C>,
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
