import type { z } from "zod";

type ShapeProblem = { path: (string | number)[]; message: string };

/** If none of several alternatives matches, the one that matched deepest describes the problem best. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  return inner ? deepest({ ...inner, path: [...issue.path, ...inner.path] }) : issue;
}

/** Or the first problem: `checkpoint.latest.resources[2].urn: expected string`. */
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
  const message = (issue?.message ?? "has an unknown type").replace(/^Invalid input: /, "");
  return { problem: { path, message: place ? `"${place}": ${message}` : message } };
}
