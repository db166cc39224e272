/** A golden exchange: one request, the exact answer of the service, and the source of that knowledge. */

export type Json = Record<string, unknown>;

/**
 * Where a golden body comes from.
 * - `recorded`: an answer of Azure, recorded by `npm run contract` and redacted. None so far.
 * - `published example`: it has exactly the members of that example of Microsoft's (publishedShapes.ts); the values are ours.
 * - `inferred`: concluded, and from what: documents, OpenAPI and type files, what clients send and need.
 */
export type Provenance = `${"recorded" | "published example" | "inferred"}: ${string}`;

export interface Exchange {
  /** What it shows, as a test name. */
  name: string;
  provenance: Provenance;
  /**
   * Method and path with query; `{sub}`, `{group}` and `{ws}` are ids, `<name>` is a value of an earlier
   * answer.
   */
  send: string;
  headers?: Record<string, string>;
  /** JSON, or a text that is sent unchanged. */
  body?: unknown;
  status: number;
  /** Headers the answer must have in addition to the ids of every answer. */
  has?: Record<string, string>;
  /** The exact body of the answer. Default: none. */
  returns?: unknown;
  /** Wait for the operation that it starts before the next exchange. */
  settles?: true;
  /** Repeat it until the answer is the golden one (a running job, a vault that registers its name). */
  repeated?: true;
}

export interface Golden {
  /** The subject of the exchanges. */
  about: string;
  /**
   * What must exist before: a resource group, a workspace in it, a completed job whose model is registered.
   */
  needs: "nothing" | "group" | "workspace" | "model";
  /** It changes what other goldens see: it gets its own cloud. */
  changesCloud?: true;
  exchanges: readonly Exchange[];
}

/** A golden body with some members changed, at any depth; `undefined` removes a member. */
export function changed(golden: Json, changes: Json): Json {
  const merged: Json = { ...golden };
  for (const [name, change] of Object.entries(changes)) {
    const before = merged[name];
    const deeper = isPlain(before) && isPlain(change);
    if (change === undefined) delete merged[name];
    else merged[name] = deeper ? changed(before, change) : change;
  }
  return merged;
}

function isPlain(value: unknown): value is Json {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.getPrototypeOf({})
  );
}

export interface ArmLife {
  provenance: Provenance;
  /** Id of the resource. */
  id: string;
  version: string;
  put: unknown;
  /** The answer to GET after its creation; the other answers are this one with changes. */
  resource: Json;
  /** The answer to the PUT that creates it. Default 201 with the resource. */
  made?: { status?: number; has?: Record<string, string>; state?: string; bodiless?: true };
  /** PATCH: what is sent and what it changes in the resource; absent for types that cannot be patched. */
  patch?: { body: unknown; changes: Json; state?: string };
  /** Paths that list it. Default: its collection. */
  lists?: readonly string[];
  /** How a list shows it, including what surrounds the items. */
  listed?: (resource: Json) => unknown;
  /** The list contains other resources of its kind: it is not compared item by item. */
  among?: true;
  /** Status of DELETE. Default 200; 202 starts an operation. `kept`: later exchanges need the resource. */
  deleted?: 200 | 202 | "kept";
  /** Body of the 404 afterwards. Default: ARM's own. */
  gone?: unknown;
  /** Types without HEAD. */
  headless?: true;
}

export const withState = (resource: Json, provisioningState: string): Json =>
  changed(resource, { properties: { provisioningState } });

function longForm(id: string): string {
  return id.replace("{ws}", "{group}/providers/Microsoft.MachineLearningServices/workspaces/golden-ws");
}

/** The 404 for a resource: of Azure ML's front end for an asset, else of ARM. */
export function notFound(id: string): Json {
  const asset = /\{ws\}\/((data|models|environments|components|codes|datastores)\/.+)/.exec(id)?.[1];
  if (asset) return { error: { code: "UserError", message: `Could not find ${asset}.`, target: id } };
  const relative = longForm(id).split("/providers/").at(-1) ?? "";
  const message = `The Resource '${relative}' under resource group 'golden' was not found.`;
  return { error: { code: "ResourceNotFound", message, target: id } };
}

/** The life cycle of an ARM resource: absent, created, read, listed, changed, deleted, absent. */
export function armLife(life: ArmLife): Exchange[] {
  const { provenance, id, version, put, resource, made = {}, patch, deleted = 200 } = life;
  const at = `${id}?api-version=${version}`;
  const name = id.split("/").at(-1) ?? "";
  const collection = id.split("/").slice(0, -1).join("/");
  const gone = life.gone ?? notFound(id);
  const [{ state }, settles] = [made, { settles: true } as const];
  const listed = life.listed ?? ((item: Json): unknown => ({ value: [item] }));
  const show = (text: string): string => `${text} (${name})`;
  const head = (status: number, text: string): Exchange[] =>
    life.headless ? [] : [{ provenance, name: show(text), send: `HEAD ${at}`, status }];
  const body = state ? withState(resource, state) : resource;
  return [
    ...head(404, "does not exist at first"),
    {
      ...settles,
      provenance,
      name: show("is made"),
      send: `PUT ${at}`,
      body: put,
      status: made.status ?? 201,
      ...(made.has ? { has: made.has } : {}),
      ...(made.bodiless ? {} : { returns: body }),
    },
    {
      provenance,
      name: show("is read"),
      send: `GET ${at}`,
      status: 200,
      returns: resource,
      ...(state ? { repeated: true } : {}),
    },
    ...head(204, "is there"),
    ...(life.lists ?? [collection]).map((list): Exchange => ({
      provenance,
      name: show(`is listed at ${list.split("/").length > 4 ? "its parent" : "the subscription"}`),
      send: `GET ${list}?api-version=${version}`,
      status: 200,
      returns: listed(resource),
    })),
    ...(patch ? [patched(life, patch)] : []),
    ...(deleted === "kept" ? [] : ends(life, deleted, gone)),
  ];
}

/** A life cycle with more exchanges before the resource is deleted. */
export function amid(life: readonly Exchange[], more: readonly Exchange[]): Exchange[] {
  const end = life.findIndex(({ name }) => name.startsWith("is deleted"));
  return [...life.slice(0, end), ...more, ...life.slice(end)];
}

function patched(
  { provenance, id, version, resource }: ArmLife,
  patch: NonNullable<ArmLife["patch"]>,
): Exchange {
  const after = changed(resource, patch.changes);
  return {
    provenance,
    name: `is changed (${id.split("/").at(-1)})`,
    send: `PATCH ${id}?api-version=${version}`,
    body: patch.body,
    status: 200,
    returns: patch.state ? withState(after, patch.state) : after,
    settles: true,
  };
}

function ends({ provenance, id, version }: ArmLife, status: 200 | 202, gone: unknown): Exchange[] {
  const at = `${id}?api-version=${version}`;
  const name = id.split("/").at(-1) ?? "";
  return [
    { provenance, name: `is deleted (${name})`, send: `DELETE ${at}`, status, settles: true },
    { provenance, name: `no longer exists (${name})`, send: `GET ${at}`, status: 404, returns: gone },
    { provenance, name: `can be deleted again (${name})`, send: `DELETE ${at}`, status: 204 },
  ];
}
