import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface RepositoryFile {
  path: string;
  size: number;
  /** Git's object id; of the pointer if the file is in large file storage. */
  oid: string;
  /** SHA-256 of the content: its name in the blob store, and its ETag if it is a large file. */
  sha256: string;
  /** Set when the file is in large file storage. */
  pointerSize?: number;
}

export interface Commit {
  id: string;
  date: string;
  title: string;
  files: RepositoryFile[];
}

export type RepositoryKind = "datasets" | "models";

export interface Repository {
  /** `namespace/name`; a data set and a model may have the same id. */
  id: string;
  /** Default: datasets. */
  kind?: RepositoryKind;
  private: boolean;
  gated: false | "auto" | "manual";
  /** Tokens that may read it when it is private or gated. */
  readers: string[];
  createdAt: string;
  /** What it was generated from; another value means that it must be generated again. */
  fingerprint?: string;
  /** Commit by branch, tag or other ref name (`main`, `refs/convert/parquet`). */
  refs: Record<string, string>;
  commits: Record<string, Commit>;
}

export interface HubStorage {
  /** Ignores case; a data set by default. */
  find(id: string, kind?: RepositoryKind): Promise<Repository | undefined>;
  ids(): string[];
  blobPath(sha256: string): string;
  putBlob(bytes: Buffer): Promise<string>;
  hasBlobs(repository: Repository): Promise<boolean>;
  save(repository: Repository): Promise<void>;
}

const indexName = "repositories.json";

export function openHubStorage(directory: string): HubStorage {
  let index: Promise<Map<string, Repository>> | undefined;
  let known: string[] = [];
  const load = (): Promise<Map<string, Repository>> => (index ??= readIndex(join(directory, indexName)));
  const blobPath = (sha256: string): string => join(directory, "blobs", sha256.slice(0, 2), sha256);

  return {
    blobPath,
    ids: () => known,
    async find(id, kind) {
      const repositories = await load();
      known = [...repositories.values()].map((one) => one.id);
      return repositories.get(keyOf({ id, kind }));
    },
    async putBlob(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      await writeWhole(blobPath(sha256), bytes);
      return sha256;
    },
    async hasBlobs(repository) {
      const files = Object.values(repository.commits).flatMap((commit) => commit.files);
      const sizes = await Promise.all(
        files.map(async (file) => (await stat(blobPath(file.sha256)).catch(() => undefined))?.size),
      );
      return files.every((file, position) => file.size === sizes[position]);
    },
    async save(repository) {
      const repositories = await load();
      repositories.set(keyOf(repository), repository);
      known = [...repositories.values()].map((one) => one.id);
      await writeWhole(join(directory, indexName), Buffer.from(JSON.stringify([...repositories.values()])));
    },
  };
}

function keyOf({ id, kind = "datasets" }: Pick<Repository, "id" | "kind">): string {
  return `${kind}/${id.toLowerCase()}`;
}

async function readIndex(path: string): Promise<Map<string, Repository>> {
  try {
    const repositories = JSON.parse(await readFile(path, "utf8")) as Repository[];
    return new Map(repositories.map((one) => [keyOf(one), one]));
  } catch {
    return new Map();
  }
}

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.new`;
  await writeFile(aside, bytes);
  await rename(aside, path);
}

/** `revision`: a ref name, commit id or unique prefix of one. */
export function commitAt(repository: Repository, revision: string): Commit | undefined {
  const id = repository.refs[revision] ?? repository.refs[revision.replace(/^refs\/(heads|tags)\//, "")];
  if (id) return repository.commits[id];
  if (!/^[0-9a-f]{7,40}$/.test(revision)) return undefined;
  const matches = Object.keys(repository.commits).filter((one) => one.startsWith(revision));
  return matches.length === 1 && matches[0] ? repository.commits[matches[0]] : undefined;
}
