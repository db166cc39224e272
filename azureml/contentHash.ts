import { createHash } from "node:crypto";

/** A file of a model, as the blob store reports it. */
export interface ContentFile {
  /** Relative to the model's folder, with `/`. */
  path: string;
  bytes: number;
  /** MD5 of the file's bytes in base64: the form of the blob header `Content-MD5`. */
  md5: string;
}

/** What a model consists of. */
export interface ModelContent {
  /** `sha256:<64 hex digits>`; see `contentOf`. */
  hash: string;
  files: number;
  bytes: number;
}

/** Names of the tags that carry a model's content on a registered version. The other tags are its lineage. */
export const contentTagNames = {
  hash: "contentHash",
  files: "contentFiles",
  bytes: "contentBytes",
} as const;

/**
 * The content of a model: SHA-256 over the sorted relative paths with size and MD5 of each file. Two models have the same
 * hash exactly if they consist of the same files; where they are stored and when does not matter.
 *
 * MD5, because the blob store has it for most blobs, so that gigabytes need not be read. It detects a mistake or a file that
 * was replaced, not an attacker who can write to the store: such a person can choose colliding files or set the header.
 * @throws RangeError for no file, a file without MD5, and a path that occurs twice: a caller's mistake
 */
export function contentOf(files: readonly ContentFile[]): ModelContent {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash("sha256");
  let previous: string | undefined;
  for (const { path, bytes, md5 } of sorted) {
    if (path === previous) throw new RangeError(`the path ${path} occurs twice`);
    if (!md5) throw new RangeError(`${path} has no MD5`);
    hash.update(`${JSON.stringify([path, bytes, md5])}\n`);
    previous = path;
  }
  if (previous === undefined) throw new RangeError("a model without files has no content");
  const bytes = sorted.reduce((sum, file) => sum + file.bytes, 0);
  return { hash: `sha256:${hash.digest("hex")}`, files: sorted.length, bytes };
}

/** The content as tags of a model version. */
export function contentTags({ hash, files, bytes }: ModelContent): Record<string, string> {
  const { hash: hashTag, files: filesTag, bytes: bytesTag } = contentTagNames;
  return { [hashTag]: hash, [filesTag]: String(files), [bytesTag]: String(bytes) };
}

/** The content that a version's tags state; `undefined` if they state none. */
export function taggedContent(tags: Readonly<Record<string, string>>): ModelContent | undefined {
  const hash = tags[contentTagNames.hash];
  if (!hash) return undefined;
  return { hash, files: Number(tags[contentTagNames.files]), bytes: Number(tags[contentTagNames.bytes]) };
}

/**
 * Compares a model's files with those that a store lists elsewhere. Where the store has no MD5, only the size can be compared.
 * @returns the paths that differ or are on one side only, and those compared by size
 */
export function compareFiles(
  known: readonly ContentFile[],
  listed: readonly ContentFile[],
): { different: string[]; sizeOnly: string[] } {
  const other = new Map(listed.map((file) => [file.path, file]));
  const missing = listed.filter(({ path }) => !known.some((file) => file.path === path));
  const different = missing.map(({ path }) => path);
  const sizeOnly: string[] = [];
  for (const { path, bytes, md5 } of known) {
    const found = other.get(path);
    if (found?.bytes !== bytes || (found.md5 !== "" && found.md5 !== md5)) different.push(path);
    else if (found.md5 === "") sizeOnly.push(path);
  }
  return { different: different.sort(), sizeOnly };
}
