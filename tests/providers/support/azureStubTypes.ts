import type { IncomingMessage } from "node:http";

export const workspace = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroupName: "rg",
  workspaceName: "ws",
};
export const wsPath = `/subscriptions/${workspace.subscriptionId}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws`;

/** Secrets that the stub returns. No handler may return or print one. */
export const canaries = {
  identityHeader: "canary-identity-header",
  token: `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify({ oid: "tester", canary: "canary-claim" })).toString("base64url")}.canarysignature`,
  endpointKey: "canary-endpoint-key",
};

export interface StubJob {
  properties: Record<string, unknown>;
  /** States for the next GETs, in order; the last one stays. */
  states: string[];
  createdAt: string;
}

export type Respond = (status: number, body?: unknown, headers?: Record<string, string>) => void;

export interface RecordedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface Fault {
  method: string;
  path: RegExp;
  times: number;
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** The stub handles the request but sends no response. */
  swallow?: boolean;
}

export interface AzureStub {
  env: Record<string, string>;
  baseUrl: string;
  requests: RecordedRequest[];
  faults: Fault[];
  jobs: Map<string, StubJob>;
  /** States of jobs submitted from now on. */
  nextStates: string[];
  children: Map<string, Array<Record<string, unknown>>>;
  details: Map<string, Record<string, unknown>>;
  metrics: Map<string, Record<string, number>>;
  logs: Map<string, string>;
  models: Array<{ version: string; tags: Record<string, string>; isArchived?: boolean }>;
  components: Array<{
    version: string;
    inputs: Record<string, Record<string, unknown>>;
    /** Names, besides the trained model. */
    outputs?: string[];
  }>;
  /** Tags of registered models by `<name>/versions/<version>`. */
  registered: Map<string, Record<string, string>>;
  blobs: Map<string, { bytes: Buffer; metadata: Record<string, string> }>;
  endpoints: Map<string, { resource: Record<string, unknown>; deployments: Set<string>; model?: string }>;
  /** Responses of the scoring route, in order; the last one stays. */
  scores: Array<{ status: number; body: unknown }>;
  /** What deployments answered, as the metrics of every span show it. */
  answered: Array<{ deployment: string; statusCode: string; requests: number; latencyMs: number }>;
  count(method: string, path: RegExp): number;
  /** Resolves when such a request has been received. */
  received(method: string, path: RegExp): Promise<void>;
  close(): Promise<void>;
}
