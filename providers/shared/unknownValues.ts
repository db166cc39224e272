import type { z } from "zod";

/** Pulumi's wire value for an output that is not known yet (preview). The dynamic-provider host passes it on unchanged. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True when a value, or anything inside it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

export interface CheckFailure {
  /** Top-level property of the resource. */
  property: string;
  reason: string;
}

/** Validates inputs against a schema. Skips values that are not known yet. */
export function schemaFailures(schema: z.ZodType, inputs: unknown): CheckFailure[] {
  const result = schema.safeParse(inputs);
  if (result.success) return [];
  return result.error.issues
    .filter((issue) => !touchesUnknown(inputs, issue.path))
    .map((issue) => {
      const property = issue.path.map(String).join(".");
      const value = valueAt(inputs, issue.path);
      return {
        property: String(issue.path[0] ?? ""),
        reason: `${property || "inputs"}: ${issue.message}${value === undefined ? "" : `; seen: ${shorten(value)}`}`,
      };
    });
}

function touchesUnknown(inputs: unknown, path: readonly PropertyKey[]): boolean {
  let value = inputs;
  for (const key of path) {
    if (value === unknownValue) return true;
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  // A rule about a whole object cannot be checked while a part of it is unknown.
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
