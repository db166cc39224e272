import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isMap, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { EngineError, messageOf } from "../errors";
import { checkShape } from "../shape";

/** The contents of a file, checked, and the document for edits. */
type YamlFile<T> = { value: T; document: Document };

/**
 * One mapping, checked against a schema; an empty or missing file is an empty one. Errors: `code`, with file,
 * line and column.
 */
export async function readYaml<T>(
  path: string,
  schema: z.ZodType<T>,
  code: "project" | "config",
): Promise<YamlFile<T>> {
  const lines = new LineCounter();
  const refuse = (what: string, offset: number, cause?: unknown): never => {
    const { line, col } = lines.linePos(offset);
    throw new EngineError(code, `${path}:${Math.max(1, line)}:${Math.max(1, col)}: ${what}`, cause);
  };
  const text = existsSync(path)
    ? await readFile(path, "utf8").catch((error: unknown) => refuse(messageOf(error), 0, error))
    : "";
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [first] = document.errors;
  if (first) refuse(`malformed YAML: ${first.message}`, first.pos[0], first);
  document.contents ??= document.createNode({});
  const { contents } = document;
  if (!isMap(contents)) {
    return refuse(
      `expected a mapping (key: value), found ${JSON.stringify(document.toJS()).slice(0, 40)}`,
      0,
    );
  }
  const checked = checkShape(schema, document.toJS());
  if ("value" in checked) return { value: checked.value, document };
  const { path: place, message } = checked.problem;
  let range: number | undefined;
  for (let depth = place.length; depth > 0 && range === undefined; depth -= 1) {
    range = (document.getIn(place.slice(0, depth), true) as { range?: [number] } | undefined)?.range?.[0];
  }
  return refuse(message, range ?? 0);
}
