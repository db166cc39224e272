import { createHttpHeaders, type HttpClient, type PipelineRequest } from "@azure/core-rest-pipeline";
import type { AzureSession } from "../../azureml/clients/session";
import { createHttp } from "../../azureml/http/http";

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Thrown instead of a response. */
  error?: Error;
}

export interface FakeCloud {
  session: AzureSession;
  client: HttpClient;
  sent: PipelineRequest[];
}

/** A session whose network is a function from request to response. */
export function fakeCloud(reply: (request: PipelineRequest, index: number) => Reply): FakeCloud {
  const sent: PipelineRequest[] = [];
  const client: HttpClient = {
    sendRequest: (request) => {
      const { status, body, headers, error } = reply(request, sent.length);
      // The pipeline reuses the request object for retries.
      sent.push({ ...request, headers: createHttpHeaders(request.headers.toJSON()) } as PipelineRequest);
      if (error) return Promise.reject(error);
      return Promise.resolve({
        request,
        status,
        headers: createHttpHeaders(headers ?? {}),
        bodyAsText: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
      });
    },
  };
  const token = { token: "secret-token", expiresOnTimestamp: Date.now() + 3_600_000 };
  const credential = {
    getToken: () => Promise.resolve(token),
    report: () => Promise.resolve({ credential: "Fake", identity: "me" }),
  };
  const base = "https://arm.test";
  return {
    client,
    sent,
    session: {
      cloud: {
        name: "Test",
        resourceManager: base,
        loginEndpoint: "https://login.test",
        armScope: `${base}/.default`,
        mlScope: "https://ml.test/.default",
        storageScope: "https://storage.azure.com/.default",
        storageSuffix: "core.test",
        registryDiscovery: "https://registry.test",
      },
      credential,
      http: createHttp({ credential, client, retryDelayMs: 1 }),
    },
  };
}
