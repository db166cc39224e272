import { z } from "zod";
import { type Problem, shown } from "../azureml/problem";
import { nearest } from "../azureml/suggestion";
import { defaultOf, innerSchema, settingInfo } from "./setting";

/** A section's mistakes as a person should read them. `key` is the section's full key, `value` what was set. */
export function sectionProblems(
  key: string,
  schema: z.ZodType,
  value: unknown,
  error: z.ZodError,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(shapeOf(schemaAt(schema, path).schema));
      return issue.keys.map((name) => unknownKey(join(key, [...path, name]), name, known));
    }
    return [wrongValue(key, schema, path, value)];
  });
}

/** A key nobody reads: most likely misspelt. */
export function unknownKey(property: string, name: string, known: readonly string[]): Problem {
  const guess = nearest(name, known);
  return {
    property,
    seen: "there is no such setting",
    allowed: known.length > 20 ? `one of ${known.length} settings (README, Configuration)` : known.join(", "),
    remedy: guess ? `Did you mean ${guess}?` : "Remove it.",
  };
}

function wrongValue(key: string, schema: z.ZodType, path: string[], value: unknown): Problem {
  const { schema: at, depth } = schemaAt(schema, path);
  const property = join(key, path);
  const seen = path.reduce<unknown>(
    (part, name) => (part as Record<string, unknown> | undefined)?.[name],
    value,
  );
  const names = Object.keys(shapeOf(at));
  const info = settingInfo(at);
  const fallback = defaultOf(at) ?? info?.otherwise;
  return {
    property,
    seen: shown(seen),
    allowed:
      names.length > 0
        ? `a map of settings: ${names.join(", ")}`
        : (info?.allowed ?? "another kind of value"),
    remedy:
      fallback === undefined || depth < path.length
        ? "Correct it in the stack's configuration file."
        : `Correct it in the stack's configuration file, or remove it for the default (${typeof fallback === "string" ? fallback : shown(fallback)}).`,
  };
}

/** The schema at a path, or the last one on the way to it that is known, with its depth. */
function schemaAt(schema: z.ZodType, path: readonly string[]): { schema: z.ZodType; depth: number } {
  let current = schema;
  for (const [depth, name] of path.entries()) {
    const next = shapeOf(current)[name];
    if (!next) return { schema: current, depth };
    current = next;
  }
  return { schema: current, depth: path.length };
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  const inner = innerSchema(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : {};
}

function join(key: string, path: readonly string[]): string {
  return [key, ...path].join(".");
}
