/** Files a command left behind, by glob rules: `*` stays within a directory, `**` does not, `!` takes files out again. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { assetArchive, pathAsset, type Properties } from "../host/values";

interface Rule {
  exclude: boolean;
  pattern: RegExp;
}

function alternatives(body: string): string {
  return `(?:${body.split(",").map(globToPattern).join("|")})`;
}

function globToPattern(glob: string): string {
  const token = /\*\*|\*|\?|\{([^}]*)\}|\[(!?)([^\]]*)\]|\\(.)|[\s\S]/g;
  return [...glob.matchAll(token)]
    .map(([text, braces, negated, characters, escaped]) => {
      if (text === "**") return ".*";
      if (text === "*") return "[^/]*";
      if (text === "?") return "[^/]";
      if (braces !== undefined) return alternatives(braces);
      if (characters !== undefined) return `[${negated ? "^" : ""}${characters.replace(/[\\^]/g, "\\$&")}]`;
      return (escaped ?? text).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    })
    .join("");
}

function compile(globs: readonly string[]): Rule[] {
  return globs.map((glob) => ({
    exclude: glob.startsWith("!"),
    pattern: new RegExp(`^${globToPattern(glob.replace(/^!/, ""))}$`),
  }));
}

/** Whether a path relative to the directory is selected; later rules win. */
export function selected(path: string, globs: readonly string[]): boolean {
  return compile(globs).reduce((chosen, rule) => (rule.pattern.test(path) ? !rule.exclude : chosen), false);
}

async function* walk(directory: string, prefix = ""): AsyncGenerator<string> {
  for (const entry of await readdir(join(directory, prefix), { withFileTypes: true })) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    if (entry.isDirectory()) yield* walk(directory, path);
    else yield path;
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Selected files as assets by their path relative to the directory. @throws if the directory cannot be read */
export async function assetsOf(directory: string, globs: readonly string[]): Promise<Properties> {
  const assets: Properties = {};
  for await (const path of walk(directory)) {
    if (!selected(path, globs)) continue;
    const file = join(directory, path);
    assets[path] = pathAsset(file, await sha256(file));
  }
  return assets;
}

/** The selected files as one archive; its hash covers names and contents. */
export async function archiveOf(directory: string, globs: readonly string[]): Promise<Properties> {
  const assets = await assetsOf(directory, globs);
  const names = Object.keys(assets).sort();
  const text = names.map((name) => `${name}\0${(assets[name] as Properties)["hash"] as string}\n`).join("");
  return assetArchive(assets, createHash("sha256").update(text).digest("hex"));
}
