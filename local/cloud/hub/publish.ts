import { createHash } from "node:crypto";
import type { Commit, HubStorage, Repository, RepositoryFile, RepositoryKind } from "./storage";

export interface Publication {
  id: string;
  /** Default: datasets. */
  kind?: RepositoryKind;
  files: AsyncIterable<{ path: string; bytes: Buffer }> | Iterable<{ path: string; bytes: Buffer }>;
  private?: boolean;
  gated?: Repository["gated"];
  readers?: string[];
  fingerprint?: string;
  /** Date of the commit. Default: a fixed one, so that the same files produce the same commit. */
  date?: string;
  title?: string;
  /** Default true. */
  converted?: boolean;
}

export const convertedBranch = "refs/convert/parquet";

/** As the real hub requires; parquet files of any size, too. */
const largeFile = 10 << 20;

/**
 * Parquet files named `data/<split>-00000-of-00003*` also become the converted branch
 * (`default/<split>/0000.parquet`). Commit ids are a hash of the content, the same on every machine.
 */
export async function publishRepository(storage: HubStorage, publication: Publication): Promise<Repository> {
  const date = publication.date ?? "2024-01-01T00:00:00.000Z";
  const files: RepositoryFile[] = [];
  for await (const { path, bytes } of publication.files) {
    const sha256 = await storage.putBlob(bytes);
    files.push(describeFile(path, bytes, sha256));
  }
  const main = makeCommit(files, date, publication.title ?? "Upload dataset");
  const before = await storage.find(publication.id, publication.kind);
  const repository: Repository = {
    id: publication.id,
    kind: publication.kind,
    private: publication.private ?? before?.private ?? false,
    gated: publication.gated ?? before?.gated ?? false,
    readers: publication.readers ?? before?.readers ?? [],
    createdAt: before?.createdAt ?? date,
    fingerprint: publication.fingerprint,
    refs: { ...before?.refs, main: main.id },
    commits: { ...before?.commits, [main.id]: main },
  };
  delete repository.refs[convertedBranch];
  const converted =
    publication.converted === false || publication.kind === "models" ? [] : convertedFiles(files);
  if (converted.length > 0) {
    const commit = makeCommit(converted, date, "Update parquet files");
    repository.refs[convertedBranch] = commit.id;
    repository.commits[commit.id] = commit;
  }
  await storage.save(repository);
  return repository;
}

function describeFile(path: string, bytes: Buffer, sha256: string): RepositoryFile {
  const isLarge = path.endsWith(".parquet") || bytes.length >= largeFile;
  if (!isLarge) return { path, size: bytes.length, oid: gitBlobId(bytes), sha256 };
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`,
  );
  return { path, size: bytes.length, oid: gitBlobId(pointer), sha256, pointerSize: pointer.length };
}

function gitBlobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

function makeCommit(files: RepositoryFile[], date: string, title: string): Commit {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const identity = JSON.stringify([title, date, sorted.map(({ path, sha256 }) => [path, sha256])]);
  return { id: createHash("sha1").update(identity).digest("hex"), date, title, files: sorted };
}

function convertedFiles(files: RepositoryFile[]): RepositoryFile[] {
  return files.flatMap((file) => {
    const [, split, shard] = /^data\/(\w+)-0*(\d+)-of-\d{5}[^/]*\.parquet$/.exec(file.path) ?? [];
    if (!split || !shard) return [];
    return [{ ...file, path: `default/${split}/${shard.padStart(4, "0")}.parquet` }];
  });
}
