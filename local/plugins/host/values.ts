/**
 * As google.protobuf.Struct read as JSON. Secrets, unknowns and so on are ordinary objects or strings with
 * reserved signatures; the constants are those of the public SDK.
 */
export type Json = null | boolean | number | string | Json[] | Properties;
export interface Properties {
  [key: string]: Json;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Stands for a value that is not known yet (previews only). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isUnknown(value: Json | undefined): boolean {
  return typeof value === "string" && UNKNOWNS.has(value);
}

/** Whether the value contains a secret at any depth. */
export function containsSecret(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  const tag = value[SIGNATURE];
  if (tag === SECRET || (tag === OUTPUT && value["secret"] === true)) return true;
  return Object.values(value).some(containsSecret);
}

export function secret(value: Json): Json {
  return containsSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/**
 * Unwraps secrets and outputs (one without a value is unknown), and removes nulls from objects, not arrays.
 */
export function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const tag = value[SIGNATURE];
  if (tag === SECRET || tag === OUTPUT) return plain(value["value"] ?? UNKNOWN);
  return plainProperties(value);
}

export function plainProperties(properties: Properties): Properties {
  const result: Properties = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) result[key] = plain(value);
  }
  return result;
}

/** Structural equality; the order of keys does not matter. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
}
