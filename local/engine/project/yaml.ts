import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isMap, LineCounter, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { EngineError, messageOf } from "../errors";
import { checkShape } from "../shape";

/** The contents of a file, checked, and the document for edits. */
type YamlFile<T> = { value: T; document: Document };

/** Characters. A stack's file has some thousand. */
const largestFile = 1024 * 1024;
const deepestLevel = 100;
/** Nodes that aliases may add. The package's default, stated here because it is the limit on alias bombs. */
const maxAliasCount = 100;

/** The document, or undefined if it is nested deeper than `deepestLevel`. */
function parseWithin(text: string, lineCounter: LineCounter): { document: Document } | undefined {
  try {
    const document: Document = parseDocument(text, { lineCounter, prettyErrors: false });
    let deepest = 0;
    visit(document, { Collection: (_key, _node, path) => void (deepest = Math.max(deepest, path.length)) });
    // The path contains the document, and each pair of a mapping beside its value.
    return deepest / 2 > deepestLevel ? undefined : { document };
  } catch (error) {
    // The parser and `visit` are recursive.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

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
  if (text.length > largestFile)
    refuse(`the file has ${text.length} characters; allowed: at most ${largestFile}`, 0);
  const parsed = parseWithin(text, lines);
  if (!parsed) return refuse(`the values are nested too deeply; allowed: ${deepestLevel} levels`, 0);
  const { document } = parsed;
  const [first] = document.errors;
  if (first) refuse(`malformed YAML: ${first.message}`, first.pos[0], first);
  document.contents ??= document.createNode({});
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount });
  } catch (error) {
    // `yaml` throws a ReferenceError for too many aliases and for one without an anchor.
    return refuse(`the aliases (*name) cannot be expanded: ${messageOf(error)}`, 0, error);
  }
  const { contents } = document;
  if (!isMap(contents)) {
    return refuse(`expected a mapping (key: value), found ${JSON.stringify(plain).slice(0, 40)}`, 0);
  }
  const checked = checkShape(schema, plain);
  if ("value" in checked) return { value: checked.value, document };
  const { path: place, message } = checked.problem;
  let range: number | undefined;
  for (let depth = place.length; depth > 0 && range === undefined; depth -= 1) {
    range = (document.getIn(place.slice(0, depth), true) as { range?: [number] } | undefined)?.range?.[0];
  }
  return refuse(message, range ?? 0);
}
