import type { z } from "zod";

/** How the engine writes a value it does not know yet (preview); the dynamic-provider host passes it on as it is. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True when a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

export interface CheckFailure {
  property: string;
  reason: string;
}

/** Checks inputs against a schema; what is not known yet is not judged. */
export function schemaFailures(schema: z.ZodType, inputs: unknown): CheckFailure[] {
  const result = schema.safeParse(inputs);
  if (result.success) return [];
  return result.error.issues
    .filter((issue) => !touchesUnknown(inputs, issue.path))
    .map((issue) => {
      const property = issue.path.map(String).join(".");
      const seen = valueAt(inputs, issue.path);
      return {
        property: String(issue.path[0] ?? ""),
        reason: `${property || "inputs"}: ${issue.message}${seen === undefined ? "" : `; seen: ${shorten(seen)}`}`,
      };
    });
}

function touchesUnknown(inputs: unknown, path: readonly PropertyKey[]): boolean {
  let value = inputs;
  for (const key of path) {
    if (value === unknownValue) return true;
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  // A rule over a whole object cannot be judged while a part of it is unknown.
  return hasUnknown(value);
}

function valueAt(inputs: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    inputs,
  );
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
