import { DatasetError, errnoOf, errorLike } from "./errors";

/** The error of an interrupted run. */
export function interrupted(cause?: unknown): DatasetError {
  return new DatasetError(
    "Interrupted",
    "interrupted",
    "Run the same command again: it keeps the bytes it has received and the files it has completed.",
    { cause },
  );
}

/** A URL without its query, which may contain a signature. */
export function withoutQuery(url: string): string {
  return url.split("?")[0] ?? url;
}

/** The error of a request that HF_HUB_OFFLINE forbids. */
export function offlineError(url: string): DatasetError {
  return new DatasetError(
    "HubUnreachable",
    `${withoutQuery(url)} is needed, but HF_HUB_OFFLINE forbids requests`,
    "Unset HF_HUB_OFFLINE, or request a slice that was downloaded earlier, with --revision <40-digit commit>.",
  );
}

/** A request that failed: the error after the last attempt, and the reason for a retry. */
export interface Failure {
  error: DatasetError;
  reason: string;
  /** True if a retry would not help. */
  isFinal: boolean;
  retryAfterMs?: number;
}

/** A request without an answer. */
export function unreachable(url: string, cause: unknown, isProxied: boolean): Failure {
  const code = errnoOf(cause);
  // Retrying does not help when the server's certificate is not trusted.
  const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code ?? "");
  const remedy = isCertificate
    ? "The server's certificate is not trusted: set NODE_EXTRA_CA_CERTS to the file of its certificate authority."
    : `Check the network${isProxied ? ", the proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)" : ""} and HF_ENDPOINT (for the local hub: \`npm run local -- status\`), then run again: it resumes.`;
  const message = `cannot reach ${withoutQuery(url)}${code ? ` (${code})` : ""}`;
  return {
    error: new DatasetError("HubUnreachable", message, remedy, { cause }),
    reason: code
      ? `the connection to ${new URL(url).host} failed (${code})`
      : (errorLike(cause)?.message ?? "network failure"),
    isFinal: isCertificate,
  };
}

/** A request that was answered with a retryable status. A `Retry-After` above `maxWaitMs` ends it. */
export function refused(url: string, { status, headers }: Response, maxWaitMs: number): Failure {
  const retryAfterMs = waitOf(headers.get("retry-after"));
  const wait = retryAfterMs === undefined ? "a few minutes" : `${Math.ceil(retryAfterMs / 1000)} s`;
  const remedy =
    status === 429
      ? `Too many requests: wait ${wait}, or set HF_TOKEN (signed-in callers have a higher limit), then run again: it resumes.`
      : `The hub has a problem: wait ${wait} and run again: it resumes.`;
  return {
    error: new DatasetError(
      "HubRefused",
      `the hub keeps answering ${status} for ${withoutQuery(url)}`,
      remedy,
    ),
    reason: `the hub answered ${status}`,
    isFinal: retryAfterMs !== undefined && retryAfterMs > maxWaitMs,
    retryAfterMs,
  };
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function waitOf(retryAfter: string | null): number | undefined {
  if (!retryAfter) return undefined;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
