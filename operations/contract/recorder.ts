import { createDefaultHttpClient, type HttpClient } from "@azure/core-rest-pipeline";
import type { Json } from "./json";

/** One request and its answer as they were on the wire, unredacted. Kept in memory only. */
export interface Recorded {
  method: string;
  url: string;
  /** Headers that the service's behaviour can depend on. No credentials. */
  requestHeaders: Record<string, string>;
  requestBody?: Json;
  status: number;
  headers: Record<string, string>;
  body?: Json;
}

export interface Recorder {
  client: HttpClient;
  /** Assigns the exchanges of `work` to `scope`. A scope inside another takes its own exchanges out of it. */
  during<T>(scope: string, work: () => Promise<T>): Promise<T>;
  exchanges(scope: string): readonly Recorded[];
  scopes(): readonly string[];
}

const sentHeaders =
  /^(if-match|if-none-match|azureml-model-deployment|x-ms-version|x-ms-blob-type|content-type)$/;

/** Records what the client sends and receives. Requests of one run do not overlap, so one scope is current. */
export function createRecorder(client: HttpClient = createDefaultHttpClient()): Recorder {
  const byScope = new Map<string, Recorded[]>();
  let current = "other";
  return {
    client: {
      sendRequest: async (request) => {
        const response = await client.sendRequest(request);
        const record: Recorded = {
          method: request.method,
          url: request.url,
          requestHeaders: Object.fromEntries(
            Object.entries(request.headers.toJSON()).filter(([name]) => sentHeaders.test(name.toLowerCase())),
          ),
          requestBody: typeof request.body === "string" ? parsed(request.body) : undefined,
          status: response.status,
          headers: response.headers.toJSON(),
          body: response.bodyAsText ? parsed(response.bodyAsText) : undefined,
        };
        byScope.set(current, [...(byScope.get(current) ?? []), record]);
        return response;
      },
    },
    during: async (scope, work) => {
      const outer = current;
      current = scope;
      try {
        return await work();
      } finally {
        current = outer;
      }
    },
    exchanges: (scope) => byScope.get(scope) ?? [],
    scopes: () => [...byScope.keys()],
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
