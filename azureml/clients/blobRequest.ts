import { delay } from "../http/http";

interface BlobRequestOptions {
  /** Limit in ms for one attempt, with the repetitions of the SDK in it. Default: 2 minutes. */
  limitMs?: number;
  /** First wait in ms before a repetition, doubled for each. Default: 800. */
  waitMs?: number;
}

const maxAttempts = 5;

/**
 * Statuses after which Azure's clients repeat a request by default (Go module sdk/azcore v1.19.1, policy `RetryOptions.StatusCodes`).
 * Node's blob client repeats 500 and 503 itself, and no other (npm @azure/storage-common 12.4.1, StorageRetryPolicyV2).
 */
const transient = [408, 429, 502, 504];

/**
 * Sends one request of the blob client, and repeats it where the client does not: after some statuses, and without an answer within
 * the limit. The client's `tryTimeoutInMs` is a limit for the service only, so a lost answer would keep it waiting for ever.
 * @param send sends the request with the signal that ends the attempt; a repetition must do no harm
 */
export async function sendBlobRequest<T>(
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  { limitMs = 120_000, waitMs = 800 }: BlobRequestOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    try {
      return await send({ abortSignal: limit.signal });
    } catch (error) {
      const isLate = limit.signal.aborted;
      if (attempt === maxAttempts || !(isLate || isTransient(error)))
        throw isLate ? new Error(`no answer within ${limitMs / 1000} s`, { cause: error }) : error;
    } finally {
      // The signal would also end a download whose answer has begun.
      clearTimeout(timer);
    }
    await delay(waitMs * 2 ** (attempt - 1));
  }
}

const isTransient = (error: unknown): boolean =>
  transient.includes(Number((error as { statusCode?: unknown }).statusCode));
