import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { parse } from "yaml";
import { bearerToken, checkAccess, HubError } from "./errors";
import { convertedBranch } from "./publish";
import {
  commitAt,
  type Commit,
  type HubStorage,
  type Repository,
  type RepositoryFile,
  type RepositoryKind,
} from "./storage";
import { accepts, members } from "../strict/declaration";

export interface ApiContext {
  storage: HubStorage;
  ready: () => Promise<void>;
  /** The hub's own address (`HF_ENDPOINT`), without trailing slash. */
  hubUrl: () => string;
}

interface Params {
  namespace: string;
  name: string;
  revision?: string;
  subset?: string;
  split?: string;
  file?: string;
  "*"?: string;
}

const largestPage = 1000;
const ONE = accepts("data hub: a data set or model", { query: ["blobs"] });
/** As Python's clients send them. */
const READ = accepts("data hub: revisions, files, parquet", {
  query: ["blobs", "recursive", "limit", "cursor", "expand", "securityStatus"],
});
const PATHS = accepts("data hub: files at paths", { body: members("paths", "expand") });

export function registerApi(app: FastifyInstance, context: ApiContext): void {
  for (const kind of ["datasets", "models"] as const) registerRepositories(app, context, kind);
  registerParquet(app, context, "/api/datasets/:namespace/:name");
}

function registerRepositories(app: FastifyInstance, context: ApiContext, kind: RepositoryKind): void {
  const root = `/api/${kind}/:namespace/:name`;

  app.get<{ Params: Params; Querystring: { blobs?: string } }>(root, ONE, async (request) => {
    const repository = await repositoryOf(context, request, { kind });
    return info(context, repository, commitOf(repository, "main"), request.query.blobs === "true");
  });

  app.get<{ Params: Params; Querystring: { blobs?: string } }>(
    `${root}/revision/:revision`,
    READ,
    async (request) => {
      const repository = await repositoryOf(context, request, { kind });
      const commit = commitOf(repository, request.params.revision ?? "main");
      return info(context, repository, commit, request.query.blobs === "true");
    },
  );

  app.get<{ Params: Params }>(`${root}/refs`, READ, async (request) => {
    const repository = await repositoryOf(context, request, { kind });
    const refs = Object.entries(repository.refs).map(([name, targetCommit]) => ({ name, targetCommit }));
    return {
      tags: [],
      branches: refs
        .filter(({ name }) => !name.startsWith("refs/"))
        .map((ref) => ({ ...ref, ref: `refs/heads/${ref.name}` })),
      converts: refs
        .filter(({ name }) => name.startsWith("refs/convert/"))
        .map(({ name, targetCommit }) => ({
          name: name.slice("refs/convert/".length),
          ref: name,
          targetCommit,
        })),
    };
  });

  for (const path of [`${root}/tree/:revision`, `${root}/tree/:revision/*`]) {
    app.get<{ Params: Params; Querystring: { recursive?: string; limit?: string; cursor?: string } }>(
      path,
      READ,
      async (request, reply) => {
        const repository = await repositoryOf(context, request, { kind });
        const { revision = "main", "*": below = "" } = request.params;
        const { recursive, limit, cursor } = request.query;
        const directory = below.replace(/\/+$/, "");
        const entries = listTree(commitOf(repository, revision), directory, isTrue(recursive));
        if (!entries)
          throw new HubError(404, "EntryNotFound", `${directory} does not exist on "${revision}"`);
        const size = Math.min(largestPage, Math.max(1, Number(limit) || largestPage));
        const start = cursor ? Number(Buffer.from(cursor, "base64url").toString()) || 0 : 0;
        if (start + size < entries.length) {
          const next = new URL(`${context.hubUrl()}${request.url.slice(request.url.indexOf("/api/"))}`);
          next.searchParams.set("limit", String(size));
          next.searchParams.set("cursor", Buffer.from(String(start + size)).toString("base64url"));
          reply.header("link", `<${next.href}>; rel="next"`);
        }
        return entries.slice(start, start + size);
      },
    );
  }

  app.post<{ Params: Params; Body: { paths?: string | string[] } | null }>(
    `${root}/paths-info/:revision`,
    PATHS,
    async (request) => {
      const repository = await repositoryOf(context, request, { kind });
      const commit = commitOf(repository, request.params.revision ?? "main");
      const paths = [request.body?.paths ?? []].flat();
      const entries = listTree(commit, "", true) ?? [];
      return entries.filter((entry) => paths.includes(entry.path));
    },
  );
}

/** `/parquet` lists addresses below itself; each redirects to the file on the converted branch. */
function registerParquet(app: FastifyInstance, context: ApiContext, root: string): void {
  const urlsOf = async (
    request: FastifyRequest<{ Params: Params }>,
  ): Promise<Map<string, Map<string, string[]>>> => {
    const repository = await repositoryOf(context, request, { isContent: true });
    const commit = commitAt(repository, convertedBranch);
    if (!commit) throw new HubError(404, "EntryNotFound", "The dataset has no parquet conversion.");
    const subsets = new Map<string, Map<string, string[]>>();
    for (const { path } of commit.files) {
      const [subset = "", split = "", file = ""] = path.split("/");
      const splits = subsets.get(subset) ?? new Map<string, string[]>();
      subsets.set(subset, splits);
      const url = `${context.hubUrl()}/api/datasets/${repository.id}/parquet/${subset}/${split}/${Number.parseInt(file, 10)}.parquet`;
      splits.set(split, [...(splits.get(split) ?? []), url]);
    }
    return subsets;
  };
  app.get<{ Params: Params }>(`${root}/parquet`, READ, async (request) => {
    const subsets = await urlsOf(request);
    return Object.fromEntries([...subsets].map(([subset, splits]) => [subset, Object.fromEntries(splits)]));
  });

  app.get<{ Params: Params }>(`${root}/parquet/:subset/:split/:file`, READ, async (request, reply) => {
    const { namespace, name, subset = "", split = "", file = "" } = request.params;
    const urls = (await urlsOf(request)).get(subset)?.get(split) ?? [];
    const number = urls.findIndex((url) => url.endsWith(`/${file}`));
    if (number < 0) throw new HubError(404, "EntryNotFound", `File ${subset}/${split}/${file} not found`);
    const path = `${subset}/${split}/${String(number).padStart(4, "0")}.parquet`;
    const revision = encodeURIComponent(convertedBranch);
    return reply.redirect(
      `${context.hubUrl()}/datasets/${namespace}/${name}/resolve/${revision}/${path}`,
      302,
    );
  });
}

export async function repositoryOf(
  context: ApiContext,
  request: FastifyRequest<{ Params: Params }>,
  { kind = "datasets", isContent = false }: { kind?: RepositoryKind; isContent?: boolean },
): Promise<Repository> {
  await context.ready();
  const { namespace, name } = request.params;
  const repository = await context.storage.find(`${namespace}/${name}`, kind);
  return checkAccess(repository, bearerToken(request.headers.authorization), isContent);
}

/** @throws `RevisionNotFound` */
export function commitOf(repository: Repository, revision: string): Commit {
  const commit = commitAt(repository, revision);
  if (!commit) throw new HubError(404, "RevisionNotFound", `Invalid rev id: ${revision}`);
  return commit;
}

async function info(
  { storage }: ApiContext,
  repository: Repository,
  commit: Commit,
  withBlobs: boolean,
): Promise<Record<string, unknown>> {
  const [author] = repository.id.split("/");
  const card = commit.files.find((file) => file.path === "README.md");
  const header =
    card && /^---\n([\s\S]*?)\n---/.exec(await readFile(storage.blobPath(card.sha256), "utf8"))?.[1];
  return {
    _id: createHash("sha256").update(repository.id).digest("hex").slice(0, 24),
    id: repository.id,
    ...(repository.kind === "models" ? { modelId: repository.id } : {}),
    author,
    sha: commit.id,
    lastModified: commit.date,
    private: repository.private,
    gated: repository.gated,
    disabled: false,
    tags: [],
    downloads: 0,
    likes: 0,
    createdAt: repository.createdAt,
    ...(header ? { cardData: parse(header) as unknown } : {}),
    siblings: commit.files.map((file) => ({
      rfilename: file.path,
      ...(withBlobs ? { size: file.size, blobId: file.oid, ...lfsOf(file, "sha256") } : {}),
    })),
    usedStorage: commit.files.reduce((sum, file) => sum + file.size, 0),
  };
}

interface TreeEntry {
  type: "file" | "directory";
  oid: string;
  size: number;
  path: string;
  lfs?: Record<string, unknown>;
}

function listTree(commit: Commit, directory: string, recursive: boolean): TreeEntry[] | undefined {
  const prefix = directory ? `${directory}/` : "";
  const inside = commit.files.filter((file) => file.path.startsWith(prefix));
  if (inside.length === 0 && directory) return undefined;
  const directories = new Map<string, TreeEntry>();
  const files: TreeEntry[] = [];
  for (const file of inside) {
    const parts = file.path.slice(prefix.length).split("/");
    const depth = recursive ? parts.length - 1 : Math.min(1, parts.length - 1);
    for (let level = 1; level <= depth; level++) {
      const path = prefix + parts.slice(0, level).join("/");
      const oid = createHash("sha1").update(`${commit.id} ${path}`).digest("hex");
      directories.set(path, { type: "directory", oid, size: 0, path });
    }
    if (!recursive && parts.length > 1) continue;
    files.push({ type: "file", oid: file.oid, size: file.size, path: file.path, ...lfsOf(file, "oid") });
  }
  return [...directories.values(), ...files];
}

function lfsOf(file: RepositoryFile, hashName: string): { lfs?: Record<string, unknown> } {
  if (file.pointerSize === undefined) return {};
  return { lfs: { [hashName]: file.sha256, size: file.size, pointerSize: file.pointerSize } };
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value?.toLowerCase() === "true";
}
