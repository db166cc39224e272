import { type HttpClient, RestError } from "@azure/core-rest-pipeline";

/**
 * A client that reports a request without an answer within its `timeout` as a failed connection. The SDK's client reports it as
 * aborted, and its retry policy repeats no aborted request (npm @typespec/ts-http-runtime 0.3.6, nodeHttpClient and retryPolicy). What
 * is known about the request is the same as after a lost connection: nothing.
 */
export function withTimeLimit(client: HttpClient): HttpClient {
  return {
    sendRequest: async (request) => {
      try {
        return await client.sendRequest(request);
      } catch (error) {
        if ((error as Error).name !== "AbortError" || request.abortSignal?.aborted) throw error;
        throw new RestError(`no answer within ${request.timeout / 1000} s`, { code: "ETIMEDOUT", request });
      }
    },
  };
}
