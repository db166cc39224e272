import type { FastifyReply } from "fastify";
import type { Repository } from "./storage";

/** The hub's format: status, `X-Error-Code` and `X-Error-Message` headers, and `{error}` as body. */
export class HubError extends Error {
  constructor(
    readonly status: number,
    /**
     * By this `huggingface_hub` distinguishes `RepoNotFound`, `RevisionNotFound`, `EntryNotFound` and
     * `GatedRepo`.
     */
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
    this.name = "HubError";
  }
}

export function sendHubError(reply: FastifyReply, error: HubError): void {
  if (error.code) reply.header("x-error-code", error.code);
  reply.header("x-error-message", error.message);
  void reply.code(error.status).send({ error: error.message });
}

export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
}

/**
 * The hub does not distinguish a private repository from a missing one, and answers 401 instead of 404 to a
 * caller without a token. A gated one shows its file list to everybody.
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
