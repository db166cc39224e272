/** Which entries of a list a client asks for: filters that several types share. */
import { invalid, queryOf } from "../arm/body";
import { isRecord } from "./request";

type Query = Record<string, string | undefined>;

const VIEWS = ["activeonly", "archivedonly", "all"];

/** Whether `listViewType` (ActiveOnly by default, ArchivedOnly, All) wants an entry. @throws ArmError 400 for another value */
export function inView(query: Query, isArchived: boolean): boolean {
  const view = queryOf(query, "listViewType")?.toLowerCase() ?? "activeonly";
  if (!VIEWS.includes(view))
    throw invalid(
      "ValidationError",
      `listViewType is "${view}", allowed: ActiveOnly, ArchivedOnly, All.`,
      "listViewType",
    );
  return view === "all" || isArchived === (view === "archivedonly");
}

/** Whether a map of texts has all of `key1,key2=value2` (documented form of the filters `tags` and `properties`). */
export function matchesPairs(filter: string | undefined, pairs: unknown): boolean {
  if (filter === undefined || filter.trim() === "") return true;
  const map = isRecord(pairs) ? pairs : {};
  return filter.split(",").every((part) => {
    const [key = "", ...value] = part.trim().split("=");
    return value.length === 0 ? key in map : map[key] === value.join("=");
  });
}

/** Orders by `orderBy=CreatedAtDesc|CreatedAtAsc|UpdatedAtDesc|UpdatedAtAsc` (online endpoints); default as made. */
export function byOrderName<T extends { systemData?: Record<string, unknown> }>(
  items: readonly T[],
  order: string | undefined,
): T[] {
  const match = /^(created|updated)at(asc|desc)$/i.exec(order ?? "CreatedAtAsc");
  if (!match)
    throw invalid(
      "ValidationError",
      `orderBy is "${order}", allowed: CreatedAtDesc, CreatedAtAsc, UpdatedAtDesc, UpdatedAtAsc.`,
      "orderBy",
    );
  const member = match[1]?.toLowerCase() === "created" ? "createdAt" : "lastModifiedAt";
  const at = (item: T): string => String(item.systemData?.[member] ?? "");
  const sorted = items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => at(a.item).localeCompare(at(b.item)) || a.index - b.index)
    .map(({ item }) => item);
  return match[2]?.toLowerCase() === "asc" ? sorted : sorted.reverse();
}
