/** Builds resource ids from path templates and parses them. Pure. */
import { isObject, isUnknown, type Properties } from "../host/values";
import { pathParameters, type ResourceSpec } from "./tables";

/**
 * Parameters that are paths (`x-ms-skip-url-encoding` in the OpenAPI documents): inner slashes stay, outer ones are trimmed.
 */
const PATH_VALUED = new Set(["scope", "resourceUri"]);
/** Reserved characters that are not escaped in a path segment (as in Go's url.PathEscape). */
const KEPT = /%(24|26|2B|3D|3A|40)/g;

function escapeSegment(value: string): string {
  return encodeURIComponent(value).replace(KEPT, (text) => decodeURIComponent(text));
}

/** Fills the template. @throws if a parameter is missing, not a string, or still unknown. */
export function resourceId(spec: ResourceSpec, inputs: Properties, subscriptionId: string): string {
  return spec.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "subscriptionId" ? subscriptionId : inputs[name];
    if (typeof value !== "string" || isUnknown(value)) {
      const seen = isObject(value) ? "an object" : String(value);
      throw new Error(`expected string value for path parameter '${name}' of ${spec.token}, got ${seen}`);
    }
    return PATH_VALUED.has(name) ? value.replace(/^\/+|\/+$/g, "") : escapeSegment(value);
  });
}

/** Without the subscription; ignores the case of the fixed parts. @throws if the id is of another type */
export function parseId(spec: ResourceSpec, id: string): Record<string, string> {
  const pattern = spec.path
    .replace(/[.*+?^$()[\]\\]/g, "\\$&")
    .replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${PATH_VALUED.has(name) ? ".*" : "[^/]+"})`);
  const match = new RegExp(`^${pattern}$`, "i").exec(id);
  if (!match?.groups) throw new Error(`the id '${id}' is not one of ${spec.token}: expected ${spec.path}`);
  const { groups } = match;
  const value = (name: string): string =>
    // Inputs have the leading slash, which the template already contains.
    PATH_VALUED.has(name) ? `/${groups[name]!}` : decodeURIComponent(groups[name]!);
  return Object.fromEntries(pathParameters(spec).map((name) => [name, value(name)]));
}
