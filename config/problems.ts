import { z } from "zod";
import { type Problem, formatValue } from "../azureml/problem";
import { nearest } from "../azureml/suggestion";
import { sections } from "./sections";
import { required, schemaDefault, unwrapSchema, settingInfo } from "./setting";

/** One problem of a setting such as `model.promote`, below the project's namespace. */
export type Report = (setting: string, seen: string, allowed: string, remedy: string) => Problem;

export const problemsOf =
  (project: string): Report =>
  (setting, seen, allowed, remedy) => ({ property: `${project}:${setting}`, seen, allowed, remedy });

/**
 * Converts the schema errors of a section to problems. `key` is the section's full key, `value` the section.
 */
export function sectionProblems(
  key: string,
  schema: z.ZodType,
  value: unknown,
  error: z.ZodError,
): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(objectShape(schemaAt(schema, path).schema));
      return issue.keys.map((name) => unknownKeyProblem(join(key, [...path, name]), name, known));
    }
    return [wrongValueProblem(key, schema, path, value)];
  });
}

/** Paths of the settings of this name in all sections: `endpoint.instanceCount`. */
export function settingPaths(name: string): string[] {
  const below = (path: string, schema: z.ZodType): string[] =>
    Object.entries(objectShape(schema)).flatMap(([key, child]) => [
      ...(key === name ? [`${path}.${key}`] : []),
      ...below(`${path}.${key}`, child),
    ]);
  return Object.entries(sections).flatMap(([section, schema]) => below(section, schema));
}

/** An unknown key, probably a misspelled one. */
export function unknownKeyProblem(property: string, name: string, known: readonly string[]): Problem {
  // A name in another case is found among the known ones. Otherwise the same name elsewhere is the better guess.
  const [elsewhere] = settingPaths(name);
  const near = nearest(name, known);
  const guess = elsewhere === undefined || near?.toLowerCase() === name.toLowerCase() ? near : undefined;
  return {
    property,
    seen: "there is no such setting",
    allowed: known.length > 20 ? `one of ${known.length} settings (docs/configuration.md)` : known.join(", "),
    remedy: guess
      ? `Did you mean ${guess}?`
      : elsewhere === undefined
        ? "Remove it."
        : `Did you mean ${elsewhere}? It is in another section.`,
  };
}

function wrongValueProblem(key: string, schema: z.ZodType, path: string[], value: unknown): Problem {
  const { schema: at, depth } = schemaAt(schema, path);
  const property = join(key, path);
  const seen = path.reduce<unknown>(
    (part, name) => (part as Record<string, unknown> | undefined)?.[name],
    value,
  );
  const names = Object.keys(objectShape(at));
  const info = settingInfo(at);
  const fallback = schemaDefault(at) ?? (info?.defaultText === required ? undefined : info?.defaultText);
  return {
    property,
    seen: formatValue(seen),
    allowed:
      info?.allowed ??
      (names.length > 0 ? `a map of settings: ${names.join(", ")}` : "a value of another type"),
    remedy:
      fallback === undefined || depth < path.length
        ? "Correct it in the stack's configuration file."
        : `Correct it in the stack's configuration file, or remove it for the default (${typeof fallback === "string" ? fallback : formatValue(fallback)}).`,
  };
}

/** The schema at a path, or the deepest known schema on that path, with its depth. */
function schemaAt(schema: z.ZodType, path: readonly string[]): { schema: z.ZodType; depth: number } {
  let current = schema;
  for (const [depth, name] of path.entries()) {
    const next = objectShape(current)[name];
    if (!next) return { schema: current, depth };
    current = next;
  }
  return { schema: current, depth: path.length };
}

function objectShape(schema: z.ZodType): Record<string, z.ZodType> {
  const inner = unwrapSchema(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : {};
}

function join(key: string, path: readonly string[]): string {
  return [key, ...path].join(".");
}
