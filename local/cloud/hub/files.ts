import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { commitOf, repositoryOf, type ApiContext } from "./api";
import { HubError } from "./errors";
import type { RepositoryKind } from "./storage";
import { accepts } from "../strict/declaration";

const linkLifeSeconds = 3600;
const CONTENT = accepts("data hub: a file's content", {
  query: ["Commit", "Expires", "Signature", "download"],
});

/**
 * Small files are served directly. For large ones the hub redirects to a signed address on a "CDN", with size
 * and hash already on the redirect (`X-Linked-Size`, `X-Linked-ETag`), as the real hub does.
 */
export function registerFiles(app: FastifyInstance, context: ApiContext): void {
  const secret = randomBytes(32);
  const sign = (sha256: string, expires: string): string =>
    createHmac("sha256", secret).update(`${sha256} ${expires}`).digest("base64url");

  interface ResolveParams {
    namespace: string;
    name: string;
    revision: string;
    "*": string;
  }
  const resolve =
    (kind: RepositoryKind) =>
    async (
      request: FastifyRequest<{ Params: ResolveParams }>,
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      const repository = await repositoryOf(context, request, { kind, isContent: true });
      const commit = commitOf(repository, request.params.revision);
      reply.header("x-repo-commit", commit.id);
      const file = commit.files.find((one) => one.path === request.params["*"]);
      if (!file) throw new HubError(404, "EntryNotFound", "Entry not found");
      if (file.pointerSize === undefined) {
        return sendBlob(request, reply, context.storage.blobPath(file.sha256), file.oid);
      }
      const expires = String(Math.floor(Date.now() / 1000) + linkLifeSeconds);
      const query = new URLSearchParams({
        Commit: commit.id,
        Expires: expires,
        Signature: sign(file.sha256, expires),
      });
      return reply
        .header("x-linked-size", String(file.size))
        .header("x-linked-etag", `"${file.sha256}"`)
        .header("accept-ranges", "bytes")
        .redirect(`${context.hubUrl()}/cdn/${file.sha256}?${query}`, 302);
    };
  for (const kind of ["datasets", "models"] as const) {
    const url = `${kind === "models" ? "" : "/datasets"}/:namespace/:name/resolve/:revision/*`;
    app.route<{ Params: ResolveParams }>({
      method: ["GET", "HEAD"],
      url,
      ...CONTENT,
      handler: resolve(kind),
    });
  }

  app.route<{ Params: { sha256: string }; Querystring: Record<string, string | undefined> }>({
    method: ["GET", "HEAD"],
    url: "/cdn/:sha256",
    ...CONTENT,
    handler: async (request, reply) => {
      const { sha256 } = request.params;
      const { Commit: commit, Expires: expires = "", Signature: signature = "" } = request.query;
      const expected = Buffer.from(sign(sha256, expires));
      const given = Buffer.from(signature);
      const isSigned = given.length === expected.length && timingSafeEqual(given, expected);
      if (!isSigned || Number(expires) * 1000 < Date.now()) {
        throw new HubError(403, undefined, "Request has expired or its signature does not match");
      }
      // Python's client follows redirects within one host before it reads the commit.
      if (commit && /^[0-9a-f]{40}$/.test(commit)) reply.header("x-repo-commit", commit);
      return sendBlob(request, reply, context.storage.blobPath(sha256), sha256);
    },
  });
}

async function sendBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  etag: string,
): Promise<FastifyReply> {
  const { size } = await stat(path).catch(() => {
    throw new HubError(404, "EntryNotFound", "Entry not found");
  });
  reply
    .header("etag", `"${etag}"`)
    .header("accept-ranges", "bytes")
    .header("content-type", contentType(path));
  if (request.headers["if-none-match"]?.includes(`"${etag}"`)) return reply.code(304).send();
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") {
    reply.header("content-range", `bytes */${size}`);
    throw new HubError(416, undefined, "Range Not Satisfiable");
  }
  const { start, end } = range ?? { start: 0, end: size };
  reply.header("content-length", String(end - start));
  if (range) reply.code(206).header("content-range", `bytes ${start}-${end - 1}/${size}`);
  if (request.method === "HEAD" || end === start) return reply.send();
  return reply.send(createReadStream(path, { start, end: end - 1 }));
}

function contentType(path: string): string {
  return path.endsWith(".md") ? "text/plain; charset=utf-8" : "application/octet-stream";
}

/** `end` is exclusive. Several or malformed ranges get the whole file. */
export function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (start >= size) return "unsatisfiable";
  return end > start ? { start, end } : undefined;
}
