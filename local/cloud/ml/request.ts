import type { FastifyRequest } from "fastify";
import { ArmError, type Cloud } from "../cloud";

/** Path parameters of a request, all strings. */
export function pathParameters(request: FastifyRequest): Record<string, string> {
  return request.params as Record<string, string>;
}

/** One query parameter; names compare without regard to case (`$orderBy` and `$orderby` are the same). */
export function queryParameter(request: FastifyRequest, name: string): string | undefined {
  const query = (request.query ?? {}) as Record<string, string | string[] | undefined>;
  const key = Object.keys(query).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? undefined : query[key];
  return Array.isArray(value) ? value[0] : value;
}

/** The request's JSON body as an object; 400 `InvalidRequestContent` for anything else. */
export function jsonBody(request: FastifyRequest): Record<string, unknown> {
  const body = request.body;
  if (!isRecord(body)) {
    throw new ArmError(
      400,
      "InvalidRequestContent",
      "The request body must be a JSON object. Send one, with Content-Type application/json.",
    );
  }
  return body;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `body.properties` as an object; 400 naming the property otherwise. */
export function bodyProperties(body: Record<string, unknown>): Record<string, unknown> {
  const properties = body["properties"];
  if (!isRecord(properties))
    throw invalid("properties", "is missing or not an object; send the resource's properties.");
  return properties;
}

/** A 400 `ValidationError` about one property. */
export function invalid(property: string, problem: string): ArmError {
  return new ArmError(400, "ValidationError", `${property} ${problem}`, { target: property });
}

/** A string property; 400 naming it when it has another type. */
export function optionalString(record: Record<string, unknown>, key: string, path = key): string | undefined {
  const value = record[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(path, `must be a string, not ${JSON.stringify(value)}.`);
  return value;
}

/** A map of strings (tags, properties); numbers and booleans are taken as text, as the service does; 400 otherwise. */
export function stringMap(value: unknown, path: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalid(path, `must be an object of strings, not ${JSON.stringify(value)}.`);
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      if (typeof entry === "object") throw invalid(`${path}.${key}`, "must be a string, not an object.");
      return [key, String(entry)];
    }),
  );
}

/**
 * One page of a list: honours `$top` and `$skip`/`$skipToken`, and names the next page in `nextLink` (absolute).
 * Default page: everything.
 */
export function page<T>(
  cloud: Cloud,
  request: FastifyRequest,
  items: readonly T[],
): { value: T[]; nextLink: string | null } {
  const skip =
    naturalNumber(queryParameter(request, "$skipToken") ?? queryParameter(request, "$skip"), "$skip") ?? 0;
  const top = naturalNumber(queryParameter(request, "$top"), "$top") ?? items.length;
  const value = items.slice(skip, skip + top);
  const end = skip + value.length;
  if (end >= items.length || value.length === 0) return { value, nextLink: null };
  const next = new URL(request.url, cloud.baseUrl);
  for (const key of [...next.searchParams.keys()]) if (/^\$skip/i.test(key)) next.searchParams.delete(key);
  next.searchParams.set("$skipToken", String(end));
  return { value, nextLink: next.toString() };
}

/** Sorts by creation for `$orderBy=createdtime desc|asc` (default: newest first, as the service lists versions). */
export function byCreation<T>(
  request: FastifyRequest,
  items: readonly T[],
  createdAt: (item: T) => string,
): T[] {
  const order = queryParameter(request, "$orderBy")?.trim().toLowerCase() ?? "createdtime desc";
  const match = /^(createdtime|createdat|name|version)(?:[ +]+(asc|desc))?$/.exec(order);
  if (!match) throw invalid("$orderBy", `is "${order}", allowed: createdtime asc, createdtime desc.`);
  const indexed = items.map((item, index) => ({ item, index }));
  indexed.sort((a, b) => createdAt(a.item).localeCompare(createdAt(b.item)) || a.index - b.index);
  const sorted = indexed.map(({ item }) => item);
  return match[2] === "asc" ? sorted : sorted.reverse();
}

/** Keeps what `listViewType` asks for: ActiveOnly (default), ArchivedOnly or All. */
export function inView<T>(
  request: FastifyRequest,
  items: readonly T[],
  isArchived: (item: T) => boolean,
): T[] {
  const view = queryParameter(request, "listViewType")?.toLowerCase() ?? "activeonly";
  if (view === "all") return [...items];
  return items.filter((item) => isArchived(item) === (view === "archivedonly"));
}

function naturalNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw invalid(name, `is "${text}", must be a whole number, 0 or more.`);
  return number;
}
