/** Pages, filters and orders of lists that several resource types share. */
import type { FastifyRequest } from "fastify";
import { isObject, page, queryOf } from "../arm/body";
import type { Cloud } from "../cloud";
import { invalidProperty, type Query } from "./request";

export function mlPage<T>(
  cloud: Cloud,
  request: FastifyRequest,
  items: readonly T[],
): { value: T[]; nextLink: string | null } {
  return { nextLink: null, ...page(items, request, cloud.baseUrl) };
}

/** An item of a list as a client sees it. */
export interface Listed {
  id: string;
  name: string;
  type: string;
  systemData?: Record<string, unknown>;
  properties: Record<string, unknown>;
}

const VIEWS = ["activeonly", "archivedonly", "all"];

/** `ActiveOnly` is the default. @throws ArmError 400 for an unknown view */
export function inView(query: Query, isArchived: boolean): boolean {
  const view = queryOf(query, "listViewType")?.toLowerCase() ?? "activeonly";
  if (!VIEWS.includes(view))
    throw invalidProperty("listViewType", `is "${view}", allowed: ActiveOnly, ArchivedOnly, All.`);
  return view === "all" || isArchived === (view === "archivedonly");
}

/** Whether a map contains all of `key1,key2=value2`, the documented form of the filters `tags` and `properties`. */
export function matchesPairs(filter: string | undefined, pairs: unknown): boolean {
  if (filter === undefined || filter.trim() === "") return true;
  const map = isObject(pairs) ? pairs : {};
  return filter.split(",").every((part) => {
    const [key = "", ...value] = part.trim().split("=");
    return value.length === 0 ? key in map : map[key] === value.join("=");
  });
}

/**
 * Applies the filters that the lists of asset versions have, in a workspace and in a registry: `listViewType`, `version`, `description`,
 * `tags` and `properties`; in a workspace also `stage` and `$tags`, which the routes of a registry refuse. Source: the generated clients
 * v2021_10_01_dataplanepreview to v2025_01_01_preview of azure-ai-ml 1.28.1 (model_versions, registry_model_versions).
 */
export function isListedVersion(query: Query, { name, properties }: Listed): boolean {
  const matches = (filter: string, value: unknown): boolean =>
    [undefined, value].includes(queryOf(query, filter));
  return (
    matches("version", name) &&
    matches("description", properties["description"]) &&
    matches("stage", properties["stage"] ?? undefined) &&
    inView(query, properties["isArchived"] === true) &&
    matchesPairs(queryOf(query, "tags") ?? queryOf(query, "$tags"), properties["tags"]) &&
    matchesPairs(queryOf(query, "properties"), properties["properties"])
  );
}

/** Sorts by ISO time. Entries with the same time keep their order; `newestFirst` reverses the whole list. */
export function sortedByTime<T>(
  items: readonly T[],
  timeOf: (item: T) => unknown,
  newestFirst: boolean,
): T[] {
  const at = (item: T): string => String(timeOf(item) ?? "");
  const sorted = [...items].sort((a, b) => at(a).localeCompare(at(b)));
  return newestFirst ? sorted.reverse() : sorted;
}

/** Applies `$orderBy=createdtime desc|asc`. Default: newest first, as the service lists versions and jobs. */
export function byCreation<T>(items: readonly T[], query: Query, createdAt: (item: T) => unknown): T[] {
  const order = queryOf(query, "$orderBy")?.trim().toLowerCase() ?? "createdtime desc";
  const match = /^(?:createdtime|createdat)(?:[ +]+(asc|desc))?$/.exec(order);
  if (!match) throw invalidProperty("$orderBy", `is "${order}", allowed: createdtime asc, createdtime desc.`);
  return sortedByTime(items, createdAt, match[1] !== "asc");
}

/** Applies `orderBy` of online endpoints: `CreatedAtAsc` (default), `CreatedAtDesc`, `UpdatedAtAsc`, `UpdatedAtDesc`. */
export function byOrderName<T extends { systemData?: Record<string, unknown> }>(
  items: readonly T[],
  order: string | undefined,
): T[] {
  const match = /^(created|updated)at(asc|desc)$/i.exec(order ?? "CreatedAtAsc");
  if (!match)
    throw invalidProperty(
      "orderBy",
      `is "${order}", allowed: CreatedAtDesc, CreatedAtAsc, UpdatedAtDesc, UpdatedAtAsc.`,
    );
  const member = match[1]?.toLowerCase() === "created" ? "createdAt" : "lastModifiedAt";
  return sortedByTime(items, (item) => item.systemData?.[member], match[2]?.toLowerCase() === "desc");
}
