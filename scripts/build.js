const { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { transformFileSync } = require("@swc/core");

/**
 * `npm run build`: compiles the program, the scripts and local/ to dist/, file by file, with swc. It checks no types;
 * `npm run check` does. JSON files that modules import are copied. Output without a source is deleted.
 */
const options = {
  swcrc: false,
  jsc: { target: "es2022", parser: { syntax: "typescript" } },
  // A dynamic import stays one, because it loads packages that ship ES modules only. The annotation lets it find the names of our own
  // modules as well: Node finds only one export by itself (cjs-module-lexer).
  module: { type: "commonjs", ignoreDynamic: true, exportInteropAnnotation: true },
};
/** The studio's page: ES modules that a browser loads, and the files beside them. */
const page = path.join("operations", "studio", "page") + path.sep;
const pageOptions = {
  swcrc: false,
  jsc: {
    target: "es2022",
    parser: { syntax: "typescript", tsx: true },
    transform: { react: { runtime: "automatic", importSource: "preact" } },
  },
  module: { type: "es6" },
};
const root = path.resolve(__dirname, "..");
const dist = path.join(root, "dist");
const folders = require("../tsconfig.json").include.filter((name) => name !== "index.ts" && name !== "tests");

/** Files below a folder of the project, relative to `base`. */
function filesBelow(base, folder) {
  try {
    const entries = readdirSync(path.join(base, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
/** A newer compiler or build script makes every output stale. */
const newestTool = Math.max(modified(__filename), modified(require.resolve("@swc/core/package.json")));
/** Files of the small model: programs read them where they are. */
const data = path.join("local", "trainer", "base") + path.sep;

const sources = ["index.ts", ...folders.flatMap((folder) => filesBelow(root, folder))];
const outputs = new Set();
for (const source of sources) {
  const isCode = /\.tsx?$/.test(source) && !source.endsWith(".d.ts");
  const isPage = source.startsWith(page);
  if (!isCode && (!(isPage ? /\.(html|css)$/ : /\.json$/).test(source) || source.startsWith(data))) continue;
  const output = isCode ? source.replace(/\.tsx?$/, ".js") : source;
  outputs.add(output);
  const [from, to] = [path.join(root, source), path.join(dist, output)];
  if (modified(to) > Math.max(modified(from), newestTool)) continue;
  mkdirSync(path.dirname(to), { recursive: true });
  if (isCode) writeFileSync(to, transformFileSync(from, isPage ? pageOptions : options).code);
  else copyFileSync(from, to);
}
for (const old of folders.flatMap((folder) => filesBelow(dist, folder))) {
  if (!outputs.has(old)) rmSync(path.join(dist, old));
}
