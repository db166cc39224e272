import type { z } from "zod";

/** What is wrong with a value read from a file, and where in it. */
export type ShapeProblem = { path: (string | number)[]; message: string };

/** Of the forms a value may have, the one that was followed furthest tells best what is wrong. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  return inner ? deepest({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

/**
 * The value as a schema describes it, or what is wrong first: `checkpoint.latest.resources[2].urn: expected string`.
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { value: T } | { problem: ShapeProblem } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const issue = deepest(result.error.issues[0]);
  const path = (issue?.path ?? []).map((key) => (typeof key === "number" ? key : String(key)));
  const place = path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    "",
  );
  const message = (issue?.message ?? "has an unknown form").replace(/^Invalid input: /, "");
  return { problem: { path, message: place ? `"${place}": ${message}` : message } };
}
