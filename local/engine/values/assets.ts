import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError, messageOf } from "../errors";
import { tarEnd, tarHeader, tarPadding } from "./tar";
import { anyInside, isAsset, isObject, signatureOf, signatures, type Properties, type Value } from "./values";

/** Contents: bytes, or the path of a file that holds them. */
type Contents = Buffer | string;

/** Endings that mark an archive file, whose own bytes are hashed. */
const packed = /\.(tar|tgz|tar\.gz|zip|jar)$/;

/**
 * Gives every asset and archive its `hash`, as Pulumi's engine does with what comes from the program: SHA-256 (hex) of
 * an asset's contents; of an archive file's bytes; of the uncompressed tar of any other archive. A hash that is there
 * already is kept. `directory` is where relative paths start: the program's working directory.
 * Errors: resource, naming the property and the file; unsupported (contents on the network, archive files in archives).
 */
export async function hashAssets(properties: Properties, directory: string): Promise<Properties> {
  const hashed: Properties = { ...properties };
  for (const [key, value] of Object.entries(properties)) {
    if (!anyInside(value, isAsset)) continue;
    try {
      hashed[key] = await withHashes(value, directory);
    } catch (error) {
      const code = error instanceof EngineError ? error.code : "resource";
      throw new EngineError(code, `property "${key}": ${messageOf(error)}`, error);
    }
  }
  return hashed;
}

async function withHashes(value: Value, directory: string): Promise<Value> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => withHashes(item, directory)));
  if (!isObject(value)) return value;
  const copy: Properties = {};
  for (const [key, item] of Object.entries(value)) copy[key] = await withHashes(item, directory);
  if (!isAsset(copy) || copy.hash) return copy;
  const hash = createHash("sha256");
  const contents = contentsOf(copy, directory);
  if (signatureOf(copy) === signatures.asset) await feed(hash, contents);
  else if (typeof contents === "string" && packed.test(contents)) await feed(hash, contents);
  else await feedTar(hash, copy, directory);
  return { ...copy, hash: hash.digest("hex") };
}

/** Contents of an asset, or the place an archive is at; a value that names nothing is the empty text. */
function contentsOf(asset: Properties, directory: string): Contents {
  if (asset.path) return resolve(directory, String(asset.path));
  const uri = String(asset.uri ?? "");
  if (uri === "") return Buffer.from(String(asset.text ?? ""));
  if (uri.startsWith("file://")) return fileURLToPath(uri);
  throw new EngineError(
    "unsupported",
    `${uri} is on the network, where the embedded engine fetches nothing; download it and name the file, or use the Pulumi CLI`,
  );
}

/** Adds contents to a hash; returns how many bytes they were. */
async function feed(hash: Hash, contents: Contents): Promise<number> {
  if (typeof contents !== "string") return hash.update(contents) && contents.length;
  if ((await stat(contents)).isDirectory()) throw new Error(`${contents} is a directory; use an archive`);
  let length = 0;
  for await (const chunk of createReadStream(contents) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  return length;
}

async function feedTar(hash: Hash, archive: Properties, directory: string): Promise<void> {
  const seen = new Set<string>();
  for await (const [name, contents] of membersOf(archive, directory, "")) {
    // The first of several members with one name counts.
    if (seen.has(name)) continue;
    seen.add(name);
    const size = typeof contents === "string" ? (await stat(contents)).size : contents.length;
    hash.update(tarHeader(name, size));
    const length = await feed(hash, contents);
    if (length !== size) throw new Error(`${String(contents)} changed while it was read`);
    hash.update(tarPadding(size));
  }
  hash.update(tarEnd);
}

/** An archive's files in Pulumi's order: names sorted by their bytes, directories walked depth first. */
async function* membersOf(
  archive: Properties,
  directory: string,
  prefix: string,
): AsyncGenerator<[string, Contents]> {
  const named = (name: string): string => (prefix ? posix.join(prefix, name) : name);
  const root = contentsOf(archive, directory);
  if (typeof root === "string") {
    if (packed.test(root)) {
      throw new EngineError(
        "unsupported",
        `the archive file ${root} inside another archive is not known to the embedded engine; unpack it, or use the Pulumi CLI`,
      );
    }
    if (!(await stat(root)).isDirectory())
      throw new Error(`${root} is neither an archive file nor a directory`);
    for (const file of await filesUnder(root)) {
      yield [named(relative(root, file).split(sep).join("/")), file];
    }
    return;
  }
  const assets = isObject(archive.assets) ? archive.assets : {};
  for (const name of sorted(Object.keys(assets))) {
    const member = assets[name];
    if (!isAsset(member))
      throw new Error(`member "${name}" of the archive is neither an asset nor an archive`);
    if (signatureOf(member) === signatures.asset) yield [named(name), contentsOf(member, directory)];
    else yield* membersOf(member, directory, named(name));
  }
}

/** Files below a directory; `.pulumi` is left out, and so are links to directories. */
async function filesUnder(directory: string): Promise<string[]> {
  const entries = new Map(
    (await readdir(directory, { withFileTypes: true })).map((entry) => [entry.name, entry]),
  );
  const files: string[] = [];
  for (const name of sorted([...entries.keys()])) {
    const path = join(directory, name);
    if (name === ".pulumi") continue;
    if (entries.get(name)?.isDirectory()) files.push(...(await filesUnder(path)));
    else if (!(await stat(path)).isDirectory()) files.push(path);
  }
  return files;
}

function sorted(names: string[]): string[] {
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
