import { existsSync, readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { projectFiles } from "./projectFiles";

/** Text files whose comments or prose name files of the project. */
const readable = /(\.(ts|js|md|yml|yaml)|^\.ci\/run)$/;
/** A name with an extension of source code or documentation, with or without folders: `local/engine/run.ts`. */
const fileName = /(?<![\w./@<>{}*$-])(?:[\w.-]+\/)*[\w.-]*\w\.(?:ts|js|md|yml|yaml)(?![\w./<{*-]*[\w<{*])/g;
const markdownLink = /\[[^\]]*\]\(([^)\s]+)\)/g;
/**
 * Files of other projects (Microsoft's documentation, model and component sources) and of Pulumi's backends, and folders
 * that exist only while a program runs.
 */
const elsewhere =
  /^(\.local|\.data|node_modules|articles|assets|components\/pipeline_components|pipeline_components)\/|^(Pulumi\.(dev2|review-12)\.yaml|meta\.yaml|\.d\.ts|types\/input\.js|spec\.yaml|azure\/Guidelines\.md)$|^(how-to|concept|reference|retired-sizes|model-lifecycle)-[\w-]+\.md$|^(privileged|general|ai-machine-learning|storage)\.md$/;

/** Files named in comments and Markdown that do not exist, and Markdown links without a target: one line for each. */
export function brokenReferences(root: string): string[] {
  const files = projectFiles(root);
  const suffixes = new Set(files.flatMap(pathEnds));
  const broken: string[] = [];
  for (const file of files.filter((name) => readable.test(name))) {
    const text = readFileSync(path.join(root, file), "utf8");
    const isMarkdown = file.endsWith(".md");
    for (const [index, line] of text.split("\n").entries()) {
      const where = `${file}:${index + 1}`;
      for (const [name] of (isMarkdown ? line : commentOf(line)).matchAll(fileName)) {
        if (!exists(root, file, name, suffixes)) broken.push(`${where}: no file is named ${name}`);
      }
      if (!isMarkdown) continue;
      for (const [, target = ""] of line.matchAll(markdownLink)) {
        if (!linkResolves(root, file, target)) broken.push(`${where}: the link ${target} leads nowhere`);
      }
    }
  }
  return broken;
}

/** The path and every shorter end of it: with two folders, with one, and the file's name alone. */
function pathEnds(file: string): string[] {
  const parts = file.split("/");
  return parts.map((_, index) => parts.slice(index).join("/"));
}

/** The comment in a line of code: from `//` or `#`, or a whole line of a block comment. */
function commentOf(line: string): string {
  const whole = /^\s*(?:\/\*|\*|#)(.*)/.exec(line)?.[1];
  return whole ?? /(?:^|\s)\/\/\s(.*)/.exec(line)?.[1] ?? "";
}

/** A file of the project by any end of its path, a compiled one by its source, or one of an installed package. */
function exists(root: string, from: string, name: string, suffixes: ReadonlySet<string>): boolean {
  const source = name.replace(/^dist\//, "").replace(/\.js$/, ".ts");
  const beside = path.posix.join(path.posix.dirname(from), name);
  return (
    elsewhere.test(name) ||
    [name, source, name.replace(/^(\.\.?\/)+/, ""), beside].some((candidate) => suffixes.has(candidate)) ||
    existsSync(path.join(root, "node_modules", name))
  );
}

function linkResolves(root: string, from: string, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [file = "", anchor] = target.split("#");
  const absolute = path.join(root, file === "" ? from : path.join(path.dirname(from), file));
  if (!existsSync(absolute)) return false;
  return anchor === undefined || statSync(absolute).isDirectory() || anchors(absolute).has(anchor);
}

/** The anchors GitHub makes of the headings of a Markdown file. */
function anchors(file: string): Set<string> {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, title = ""]) =>
      title
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    ),
  );
}
