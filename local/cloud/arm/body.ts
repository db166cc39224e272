import type { FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import type { ArmResource } from "../cloud";
import { tagLimits } from "../rules/lifecycle";

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws ArmError 400 unless the body is an object */
export function bodyOf(request: FastifyRequest): Json {
  if (isObject(request.body)) return request.body;
  const seen =
    request.body === undefined
      ? "no content"
      : Array.isArray(request.body)
        ? "an array"
        : typeof request.body;
  throw invalid("InvalidRequestContent", `The request content must be a JSON object; got ${seen}.`);
}

/** Undefined if absent or null. @throws ArmError 400 if it is something else */
export function objectAt(body: Json, key: string, target = key): Json | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  throw invalid(
    "InvalidRequestContent",
    `The property '${target}' must be an object; got ${describe(value)}.`,
    target,
  );
}

/** Undefined if absent or null. @throws ArmError 400 if it is something else */
export function textAt(body: Json, key: string, target = key): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw invalid(
    "InvalidRequestContent",
    `The property '${target}' must be a string; got ${describe(value)}.`,
    target,
  );
}

export function requiredText(body: Json, key: string, target: string, allowed?: readonly string[]): string {
  const value = textAt(body, key, target);
  if (value === undefined || value === "")
    throw invalid("MissingRequiredProperty", `The property '${target}' is required.`, target);
  if (!allowed) return value;
  const match = allowed.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  if (match) return match;
  throw invalid(
    "InvalidParameter",
    `The property '${target}' has the value '${value}'. Allowed: ${allowed.join(", ")}.`,
    target,
  );
}

/** Tags: at most 50, names up to 512 characters, text values up to 256 (limits documented by ARM). */
export function tagsOf(body: Json): Record<string, string> | undefined {
  const tags = objectAt(body, "tags");
  if (!tags) return undefined;
  const entries = Object.entries(tags);
  for (const [name, value] of entries) {
    if (typeof value !== "string")
      throw invalid("InvalidTagValue", `The tag '${name}' must be a string; got ${describe(value)}.`, "tags");
  }
  tagLimits(Object.entries(tags as Record<string, string>));
  return tags as Record<string, string>;
}

export function invalid(code: string, message: string, target?: string): ArmError {
  return new ArmError(400, code, message, target ? { target } : {});
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "an array" : `${typeof value} ${JSON.stringify(value)?.slice(0, 60)}`;
}

/** Locations compare without case and blanks: `West Europe` equals `westeurope`. */
export function normalizeLocation(location: string): string {
  return location.toLowerCase().replaceAll(" ", "");
}

export function publicView(resource: ArmResource): Json {
  const view: Json = { ...resource };
  delete view["hidden"];
  return view;
}

export function systemDataFor(existing: ArmResource | undefined, caller: string, now: Date): Json {
  const at = now.toISOString();
  const created = existing?.systemData ?? { createdBy: caller, createdByType: "Application", createdAt: at };
  return { ...created, lastModifiedBy: caller, lastModifiedByType: "Application", lastModifiedAt: at };
}

/** Names compare without case. */
export function queryOf(query: Record<string, string | undefined>, name: string): string | undefined {
  return Object.entries(query).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/**
 * One page, by `$top` (also `$maxpagesize`, `count`) and `$skipToken` (also `$skip`, `offset`), with
 * `nextLink`.
 */
export function page<T>(
  items: readonly T[],
  request: FastifyRequest,
  baseUrl: string,
): { value: T[]; nextLink?: string } {
  const [path = "", search = ""] = request.url.split("?");
  const query = new URLSearchParams(search);
  const find = (...names: string[]): string | undefined =>
    [...query].find(([key]) => names.includes(key.toLowerCase()))?.[1];
  const size = wholeNumber(find("$top", "$maxpagesize", "count"), PAGE_SIZE, "$top");
  const from = wholeNumber(find("$skiptoken") ?? find("$skip", "offset"), 0, "$skip");
  const value = items.slice(from, from + Math.min(size, MAX_PAGE_SIZE));
  const next = from + value.length;
  if (next >= items.length || value.length === 0) return { value };
  for (const key of [...query.keys()]) if (/^(\$skip(token)?|offset)$/i.test(key)) query.delete(key);
  query.set("$skipToken", String(next));
  return { value, nextLink: `${baseUrl}${path}?${query.toString()}` };
}

function wholeNumber(text: string | undefined, defaultNumber: number, name: string): number {
  if (text === undefined || text === "") return defaultNumber;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(
    "InvalidParameter",
    `The query parameter '${name}' must be a whole number; got '${text}'.`,
    name,
  );
}
