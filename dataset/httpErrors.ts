import { DatasetError, errnoOf } from "./errors";

/** The error of an interrupted run. */
export function interrupted(cause?: unknown): DatasetError {
  return new DatasetError(
    "Interrupted",
    "interrupted",
    "Run the same command again: it resumes with the bytes it has received.",
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

/** The error of a request without an answer. */
export function unreachable(url: string, cause: unknown, isProxied: boolean): DatasetError {
  const remedy = isCertificateFailure(cause)
    ? "The server's certificate is not trusted: set NODE_EXTRA_CA_CERTS to the file of its certificate authority."
    : `Check the network${isProxied ? ", the proxy (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)" : ""} and HF_ENDPOINT (for the local hub: \`npm run local -- status\`), then run again: it resumes.`;
  const code = errnoOf(cause);
  return new DatasetError(
    "HubUnreachable",
    `cannot reach ${withoutQuery(url)}${code ? ` (${code})` : ""}`,
    remedy,
    {
      cause,
    },
  );
}

/** The error of a request whose last attempt had a retryable status. */
export function refused(url: string, status: number, retryAfterMs: number | undefined): DatasetError {
  const wait = retryAfterMs === undefined ? "a few minutes" : `${Math.ceil(retryAfterMs / 1000)} s`;
  return new DatasetError(
    "HubRefused",
    `the hub keeps answering ${status} for ${withoutQuery(url)}`,
    status === 429
      ? `Too many requests: wait ${wait}, or set HF_TOKEN (signed-in callers have a higher limit), then run again: it resumes.`
      : `The hub has a problem: wait ${wait} and run again: it resumes.`,
  );
}

/** Retrying does not help when the server's certificate is not trusted. */
export function isCertificateFailure(error: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(errnoOf(error) ?? "");
}
