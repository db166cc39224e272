import { textAt } from "../arm/body";
import { invalidProperty, stringMap } from "../ml/request";
import type { RegistryModelVersion } from "./modelVersions";

const KEYS = ["name", "version", "createdAt", "description", "modelType", "tags", "properties", "isArchived"];

/** `name` and `version` are required. @throws ArmError 400 that names the property */
export function publishedModel(
  body: Record<string, unknown>,
): Partial<RegistryModelVersion> & { name: string; version: string } {
  const unknown = Object.keys(body).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0)
    throw invalidProperty(unknown.join(", "), `is not known here, allowed: ${KEYS.join(", ")}.`);
  const name = textAt(body, "name");
  const version = textAt(body, "version");
  if (!name || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name))
    throw invalidProperty("name", "must be a model name.");
  if (!version || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/.test(version))
    throw invalidProperty("version", 'must be text such as "16".');
  const createdAt = textAt(body, "createdAt");
  if (createdAt !== undefined && Number.isNaN(Date.parse(createdAt))) {
    throw invalidProperty("createdAt", `is "${createdAt}", must be an ISO 8601 date.`);
  }
  if (body["isArchived"] !== undefined && typeof body["isArchived"] !== "boolean") {
    throw invalidProperty("isArchived", "must be true or false.");
  }
  return {
    name,
    version,
    ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt).toISOString() }),
    ...given("description", textAt(body, "description")),
    ...given("modelType", textAt(body, "modelType")),
    ...(body["tags"] === undefined ? {} : { tags: stringMap(body["tags"], "tags") }),
    ...(body["properties"] === undefined ? {} : { properties: stringMap(body["properties"], "properties") }),
    ...(body["isArchived"] === undefined ? {} : { isArchived: body["isArchived"] as boolean }),
  };
}

function given<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
