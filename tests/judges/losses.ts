/** Compares a JSON document with what an official type made of it. */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Times may be written in another precision. */
function sameTime(a: unknown, b: unknown): boolean {
  const isTime = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/;
  if (typeof a !== "string" || typeof b !== "string" || !isTime.test(a) || !isTime.test(b)) return false;
  return Date.parse(a) === Date.parse(b);
}

/** Seconds of an ISO 8601 duration in days, hours, minutes and seconds. Undefined for any other text. */
function seconds(text: unknown): number | undefined {
  const match =
    typeof text === "string" && /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (!match) return undefined;
  const [days = 0, hours = 0, minutes = 0, rest = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + rest;
}

/** `PT90S` and `PT1M30S` are the same duration. */
function sameDuration(a: unknown, b: unknown): boolean {
  return seconds(a) !== undefined && seconds(a) === seconds(b);
}

/** A map's key that is no property name: an id, a name of the user. */
const shown = (key: string): string => (/^[A-Za-z_][\w-]{0,40}$/.test(key) ? key : "*");

/**
 * Paths of what was in `before` and is not in `after`, for example `properties.sku.name`. An absent value and null are the
 * same to Azure.
 */
export function losses(before: unknown, after: unknown, path = ""): string[] {
  if (before === null || before === undefined) return [];
  if (isObject(before)) {
    if (!isObject(after)) return [path];
    return Object.entries(before).flatMap(([key, value]) =>
      losses(value, after[key], path === "" ? shown(key) : `${path}.${shown(key)}`),
    );
  }
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || after.length !== before.length) return [path];
    return [...new Set(before.flatMap((item, index) => losses(item, after[index], `${path}[]`)))];
  }
  return before === after || sameTime(before, after) || sameDuration(before, after) ? [] : [path];
}
