import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

/** A file of the page, ready to send. */
export interface PageFile {
  type: string;
  text: string;
}

/** Types of the files; everything else in the folder is not sent. */
const types: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
};

/** The libraries of the page, by the name under which its modules import them. They are ES modules without dependencies of their own. */
const libraries: Record<string, string> = {
  preact: "dist/preact.mjs",
  "preact/hooks": "hooks/dist/hooks.mjs",
  "preact/jsx-runtime": "jsx-runtime/dist/jsxRuntime.mjs",
};

const addressOf = (library: string): string => `/lib/${library.replace("/", "-")}.js`;

/** A package's folder. Its own `exports` may hide package.json and the files, so the search is by folder. */
function folderOf(name: string): string {
  const found = (require.resolve.paths(name) ?? []).find((folder) => {
    try {
      return readdirSync(path.join(folder, name)).includes("package.json");
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`the package ${name} is not installed; run \`npm ci\``);
  return path.join(found, name);
}

/** Browsers resolve only addresses. An import map would need an inline script, which the page's policy forbids. */
export function resolveImports(code: string): string {
  return code.replace(
    /(\bfrom\s*|\bimport\s*)(["'])([\w/-]+)\2/g,
    (whole, before: string, quote: string, name: string) =>
      name in libraries ? `${before}${quote}${addressOf(name)}${quote}` : whole,
  );
}

/**
 * All files of the page by their path. `/` is the page itself. They are read once.
 * @param folder the compiled modules of the page, its style and its document.
 */
export function pageFiles(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  const add = (address: string, file: string): void => {
    const type = types[path.extname(address)] ?? types[path.extname(file)];
    if (!type) return;
    const text = readFileSync(file, "utf8");
    files.set(address, { type, text: type.startsWith("text/javascript") ? resolveImports(text) : text });
  };
  for (const name of readdirSync(folder)) add(`/${name}`, path.join(folder, name));
  for (const [name, file] of Object.entries(libraries)) {
    const [packageName = name] = name.split("/");
    add(addressOf(name), path.join(folderOf(packageName), file));
  }
  const index = files.get("/index.html");
  if (index) files.set("/", index);
  return files;
}
