import type { FastifyRequest } from "fastify";
import { invalid, isObject, type Json, objectAt, queryOf } from "../arm/body";
import { idFor } from "../arm/type";
import type { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { resourceNotFound } from "../errors";

export type Query = Record<string, string | undefined>;

export function pathParameters(request: FastifyRequest): Record<string, string> {
  return request.params as Record<string, string>;
}

/** Names are compared without regard to case: `$orderBy` and `$orderby` are the same. */
export function queryParameter(request: FastifyRequest, name: string): string | undefined {
  return queryOf((request.query ?? {}) as Query, name);
}

/** The resource that a request's path names, on the given route. @throws ArmError 404 `ResourceNotFound` */
export function resourceOf(cloud: Cloud, route: string, request: FastifyRequest): ArmResource {
  const id = idFor(route, pathParameters(request));
  const resource = cloud.resources.get(id);
  if (!resource) throw resourceNotFound(id);
  return resource;
}

/** `body.properties`. @throws ArmError 400 where it is missing or not an object */
export function propertiesOf(body: Json): Json {
  const properties = objectAt(body, "properties");
  if (properties) return properties;
  throw invalid("MissingRequiredProperty", "The property 'properties' is required.", "properties");
}

export function invalidProperty(property: string, problem: string): ArmError {
  return invalid("ValidationError", `${property} ${problem}`, property);
}

export function wholeNumber(value: unknown, property: string, least: number, most = Infinity): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  const range = `from ${least}${most === Infinity ? "" : ` to ${most}`}`;
  throw invalidProperty(property, `is ${JSON.stringify(value)}, must be a whole number ${range}.`);
}

/** Numbers and booleans become text, as in the service. @throws ArmError 400 for anything else */
export function stringMap(value: unknown, path: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value))
    throw invalidProperty(path, `must be an object of strings, not ${JSON.stringify(value)}.`);
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      if (typeof entry === "object")
        throw invalidProperty(`${path}.${key}`, "must be a string, not an object.");
      return [key, String(entry)];
    }),
  );
}
