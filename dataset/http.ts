import { setTimeout as sleep } from "node:timers/promises";
import { DatasetError, errnoOf, errorLike } from "./errors";
import { interrupted, offlineError, refused, unreachable, withoutQuery, type Failure } from "./httpErrors";
import { openProxies, type ProxySettings } from "./proxy";

/** How requests are sent. Everything except the endpoint has a default. */
export interface HttpOptions {
  /** Hub address without trailing slash (`HF_ENDPOINT`, default https://huggingface.co). */
  endpoint: string;
  /**
   * Bearer token. It is sent only to the endpoint's origin, never to the CDN that the endpoint redirects to.
   */
  token?: string;
  /** Attempts per request, including the first. Default 5. */
  attempts?: number;
  /**
   * First wait between attempts in milliseconds. It doubles each time, with jitter, up to 10 s. Default 400.
   */
  backoffMs?: number;
  /** Longest time without data (before the headers, or within the body), in milliseconds. Default 30,000. */
  idleTimeoutMs?: number;
  /** Longest `Retry-After` to wait for, in milliseconds; a longer one ends the request. Default 60,000. */
  maxWaitMs?: number;
  signal?: AbortSignal;
  /** True forbids every request (`HF_HUB_OFFLINE`). */
  offline?: boolean;
  /** Proxies of the environment. Default: none. */
  proxy?: ProxySettings;
  /** Called before every retry. */
  onRetry?: (reason: string, waitMs: number) => void;
}

/** Counters of one run. */
export interface HttpStats {
  requests: number;
  retries: number;
  /** Body bytes received. */
  bytes: number;
}

export type HttpClient = ReturnType<typeof createHttpClient>;

/** An answer: the final response and its URL, and the first response, which has the hub's own headers. */
export interface Answer {
  url: string;
  first: Response;
  response: Response;
  /** Yields the body as it arrives. A stalled connection is an error. */
  body(): AsyncGenerator<Uint8Array>;
}

/** A retryable failure. */
export class TransientError extends Error {}

const retriedStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Creates the client used for every request of one run.
 *
 * Retries are hand-written (about 45 lines). undici's `RetryAgent` would cost 130 ms of CPU to load, gives no notice before a retry, retries
 * before `Retry-After` has passed when that is above its maximum, and misreads a `Retry-After` that is a date.
 */
export function createHttpClient(options: HttpOptions) {
  const { endpoint, token, attempts = 5, backoffMs = 400, idleTimeoutMs = 30_000, signal, proxy } = options;
  const stats: HttpStats = { requests: 0, retries: 0, bytes: 0 };
  const proxies = proxy && openProxies(proxy);

  /**
   * Sends a GET request, follows redirects, and passes the answer to `consume`. Network failures (also within
   * a body) and answers with status 408, 425, 429, 500, 502, 503 or 504 are retried with backoff;
   * `Retry-After` is honoured. Other statuses go to `consume`.
   */
  async function get<T>(
    url: string,
    headers: Record<string, string>,
    consume: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw interrupted();
      if (options.offline) throw offlineError(url);
      const watch = watchdog(idleTimeoutMs, signal);
      let failure: Failure;
      try {
        const answer = await follow(url, headers, watch);
        if (!retriedStatuses.has(answer.response.status)) return await consume(answer);
        await answer.response.body?.cancel();
        failure = refused(url, answer.response, options.maxWaitMs ?? 60_000);
      } catch (error) {
        if (signal?.aborted) throw interrupted(error);
        if (!isNetworkFailure(error)) throw error;
        failure = unreachable(url, error, proxy !== undefined);
      } finally {
        watch.stop();
      }
      if (attempt >= attempts || failure.isFinal) throw failure.error;
      const wait = failure.retryAfterMs ?? backoff(backoffMs, attempt);
      stats.retries++;
      options.onRetry?.(failure.reason, wait);
      await sleep(wait, undefined, { signal }).catch((error: unknown) => {
        throw interrupted(error);
      });
    }
  }

  async function follow(start: string, headers: Record<string, string>, watch: Watchdog): Promise<Answer> {
    let url = start;
    let first: Response | undefined;
    for (let hop = 0; hop <= 10; hop++) {
      stats.requests++;
      const isHub = new URL(url).origin === new URL(endpoint).origin;
      watch.touch();
      const response = await fetch(url, {
        headers: {
          "accept-encoding": "identity",
          "user-agent": "azureml-finetune",
          ...headers,
          ...(token && isHub && { authorization: `Bearer ${token}` }),
        },
        redirect: "manual",
        dispatcher: (await proxies)?.dispatcherFor(url),
        signal: watch.signal,
      });
      first ??= response;
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || !location) {
        return { url, first, response, body: () => pieces(response, stats, watch) };
      }
      await response.body?.cancel();
      url = new URL(location, url).href;
    }
    throw new DatasetError(
      "HubAnswer",
      `${withoutQuery(start)} redirects more than 10 times`,
      "Check HF_ENDPOINT and any proxy in between.",
    );
  }

  /** Closes the connections through proxies. Other connections close by themselves. */
  async function close(): Promise<void> {
    await (await proxies)?.close();
  }

  return { endpoint, token, stats, get, close };
}

async function* pieces(response: Response, stats: HttpStats, watch: Watchdog): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    watch.touch();
    stats.bytes += piece.byteLength;
    yield piece;
  }
}

type Watchdog = ReturnType<typeof watchdog>;

/** Aborts a request when no data arrived for `idleMs`, or when the run is interrupted. */
function watchdog(idleMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  const onOuter = (): void => controller.abort(outer?.reason);
  outer?.addEventListener("abort", onOuter, { once: true });
  const expire = (): void => controller.abort(new TransientError(`nothing received for ${idleMs / 1000} s`));
  const timer = setTimeout(expire, idleMs);
  return {
    signal: controller.signal,
    touch: () => void timer.refresh(),
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuter);
    },
  };
}

function isNetworkFailure(error: unknown): boolean {
  if (error instanceof TransientError) return true;
  if (error instanceof DatasetError) return false;
  const { name, message } = errorLike(error) ?? {};
  const code = errnoOf(error);
  // ERR_… are Node's codes for wrong use of its API, which a retry does not fix. TLS codes are the exception.
  if (code) return !/^ERR_(?!TLS|SSL)/.test(code);
  return name === "AbortError" || (name === "TypeError" && /^(fetch failed|terminated)$/.test(message ?? ""));
}

function backoff(firstMs: number, attempt: number): number {
  const ceiling = Math.min(10_000, firstMs * 2 ** (attempt - 1));
  return ceiling * (0.5 + Math.random() / 2);
}
