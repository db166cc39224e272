import { azureMlError } from "../errors";
import type { HttpRequest, HttpResponse } from "../http/http";
import type { AzureSession } from "./session";

/** Limit in ms for one attempt. */
const attemptMs = 10_000;
/** Limit in ms for a request with its retry, and with the wait that a busy service asks for. */
const totalMs = 25_000;

const sessions = new WeakMap<AzureSession, AzureSession>();

/**
 * The same cloud for answers that an operation can do without: each request is retried once and ends after 25 s at the latest.
 * The default of 4 retries of up to 60 s each would hold up a preview for minutes while a registry is down.
 */
export function withShortWait(session: AzureSession): AzureSession {
  const known = sessions.get(session);
  if (known) return known;
  const short = { ...session, http: (request: HttpRequest) => sendShort(session, request) };
  sessions.set(session, short);
  return short;
}

async function sendShort({ http }: AzureSession, request: HttpRequest): Promise<HttpResponse> {
  const signal = AbortSignal.timeout(totalMs);
  try {
    return await http({ ...request, maxRetries: 1, timeoutMs: attemptMs, signal });
  } catch (error) {
    if (!signal.aborted || (error as Error).name !== "AbortError") throw error;
    const detail = `no answer within ${totalMs / 1000} s`;
    const { host } = new URL(request.url);
    throw azureMlError("NotReachable", { what: request.what, host, detail }, { cause: error });
  }
}
