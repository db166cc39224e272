import type { FastifyReply } from "fastify";
import type { Repository } from "./storage";

/**
 * An error in the hub's format: status, `X-Error-Code` and `X-Error-Message` headers, and `{error}` as body.
 */
export class HubError extends Error {
  constructor(
    readonly status: number,
    /**
     * `RepoNotFound`, `RevisionNotFound`, `EntryNotFound` or `GatedRepo` (`huggingface_hub` distinguishes
     * them), or none.
     */
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
    this.name = "HubError";
  }
}

/** Answers with a hub error. */
export function sendHubError(reply: FastifyReply, error: HubError): void {
  if (error.code) reply.header("x-error-code", error.code);
  reply.header("x-error-message", error.message);
  void reply.code(error.status).send({ error: error.message });
}

/** The bearer token of a request, whoever issued it. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
}

/**
 * Checks that a caller may see a repository. Public ones need no token and accept any. The hub does not
 * distinguish a private repository from a missing one, and answers 401 instead of 404 to a caller without a
 * token. A gated one shows its file list to everybody, and its content to its readers.
 */
export function checkAccess(
  repository: Repository | undefined,
  token: string | undefined,
  isContent: boolean,
): Repository {
  const isReader = token !== undefined && repository?.readers.includes(token) === true;
  if (!repository || (repository.private && !isReader)) {
    throw token
      ? new HubError(404, "RepoNotFound", "Repository not found")
      : new HubError(401, "RepoNotFound", "Invalid username or password.");
  }
  if (!repository.gated || !isContent || isReader) return repository;
  const what = repository.kind === "models" ? "model" : "dataset";
  throw token
    ? new HubError(
        403,
        "GatedRepo",
        `Access to ${what} ${repository.id} is restricted and you are not in the authorized list.`,
      )
    : new HubError(
        401,
        "GatedRepo",
        `Access to ${what} ${repository.id} is restricted. You must have access to it and be authenticated to access it. Please log in.`,
      );
}
