/** A request to a service of the pipeline that was refused or got no answer. */
export class PipelineRequestError extends Error {
  constructor(
    message: string,
    /** The HTTP status; absent if there was no answer. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Sends JSON and reads JSON. */
export interface JsonClient {
  /** @returns the parsed body, and the address of the next page if the service names one. */
  send(method: string, address: string, body?: unknown): Promise<{ body: unknown; next?: string }>;
}

/** Two more tries for what another attempt can fix. */
const attempts = 3;
const isRetryable = (status: number): boolean => status === 429 || status >= 500;

/**
 * @param service its name in messages.
 * @param headers sent with each request; the authorization is one of them.
 * @param hint what to do if the service refuses the login (401, 403, 404).
 * @param wait seconds to wait before another attempt, replaced by tests.
 */
export function jsonClient(
  service: string,
  headers: Readonly<Record<string, string>>,
  hint: string,
  wait: (seconds: number) => Promise<void> = pause,
): JsonClient {
  const once = async (method: string, address: string, body: unknown): Promise<Response> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      return await fetch(address, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...content,
      });
    } catch (cause) {
      const reason =
        cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : "";
      throw new PipelineRequestError(`${service} cannot be reached at ${address}: ${reason}`, undefined, {
        cause,
      });
    }
  };
  return {
    send: async (method, address, body) => {
      for (let attempt = 1; ; attempt++) {
        const response = await once(method, address, body);
        const text = await response.text();
        if (response.ok) return { body: parsed(text), ...nextPage(response.headers.get("link")) };
        if (attempt < attempts && isRetryable(response.status)) {
          await wait(Number(response.headers.get("retry-after")) || attempt);
          continue;
        }
        const { message } = (parsed(text) ?? {}) as { message?: unknown };
        const detail = typeof message === "string" ? message : text.slice(0, 200);
        const next = [401, 403, 404].includes(response.status) ? ` ${hint}` : "";
        throw new PipelineRequestError(
          `${service} refused ${method} ${address}: HTTP ${response.status} ${detail}.${next}`,
          response.status,
        );
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The `next` relation of a Link header (RFC 8288), as GitHub pages its lists. */
function nextPage(link: string | null): { next?: string } {
  const found = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
  return found === undefined ? {} : { next: found };
}

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 60) * 1000));
