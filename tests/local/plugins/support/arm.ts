/** A small ARM over HTTPS with its own certificate, its metadata document and a managed-identity endpoint. */
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTls } from "../../../../local/cloud/tls";
import type { Json, Properties } from "../../../../local/plugins/host/values";

export const SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";

export interface Answer {
  /** 0: the connection breaks without a response. */
  status: number;
  body?: Json;
  headers?: Record<string, string>;
}

export interface Seen {
  method: string;
  /** Path without query. */
  path: string;
  query: URLSearchParams;
  body: Json;
  headers: IncomingMessage["headers"];
}

export interface FakeArm {
  url: string;
  /** Resources by lower-case path. */
  resources: Map<string, Properties>;
  requests: Seen[];
  /** Applied before the default behaviour; a rule that returns undefined is skipped. */
  rules: Array<(request: Seen) => Answer | undefined>;
  env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

const TOKEN_CLAIMS = { appid: "app-1", oid: "object-1", tid: "tenant-1" };

export function jwt(claims: Properties): string {
  const part = (value: Properties): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((ok) => server.listen(0, "127.0.0.1", ok));
  return (server.address() as AddressInfo).port;
}

function reply(response: ServerResponse, { status, body, headers }: Answer): void {
  if (status === 0) return void response.destroy();
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? null : (JSON.parse(text) as Json);
}

export async function startArm(): Promise<FakeArm> {
  const home = mkdtempSync(join(tmpdir(), "fake-arm-"));
  const tls = await openTls(home);
  const fake = { resources: new Map<string, Properties>(), requests: [], rules: [] } as unknown as FakeArm;

  const answer = (seen: Seen): Answer => {
    for (const rule of fake.rules) {
      const result = rule(seen);
      if (result) return result;
    }
    const key = seen.path.toLowerCase();
    const existing = fake.resources.get(key);
    if (seen.method === "PUT") {
      const stored: Properties = {
        ...(seen.body as Properties),
        id: seen.path,
        name: seen.path.split("/").pop()!,
      };
      fake.resources.set(key, stored);
      return { status: existing ? 200 : 201, body: stored };
    }
    if (!existing)
      return { status: 404, body: { error: { code: "ResourceNotFound", message: "not there" } } };
    if (seen.method === "DELETE") {
      fake.resources.delete(key);
      return { status: 200 };
    }
    return { status: 200, body: existing };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, fake.url);
    if (url.pathname === "/metadata/endpoints") {
      const authentication = {
        loginEndpoint: `${fake.url}/login`,
        audiences: [`${fake.url}/`],
        tenant: "common",
        identityProvider: "AAD",
      };
      return reply(response, {
        status: 200,
        body: { name: "Test", resourceManager: fake.url, authentication, suffixes: {} },
      });
    }
    const body = await read(request);
    const seen = {
      method: request.method!,
      path: decodeURI(url.pathname),
      query: url.searchParams,
      body,
      headers: request.headers,
    };
    fake.requests.push(seen);
    if (!request.headers.authorization?.startsWith("Bearer ")) return reply(response, { status: 401 });
    reply(response, answer(seen));
  };

  const arm = createHttps(
    { cert: tls.cert, key: tls.key },
    (request, response) => void handle(request, response),
  );
  const identity = createHttp((request, response) => {
    const url = new URL(request.url!, "http://localhost");
    if (request.headers["x-identity-header"] !== "open sesame") return reply(response, { status: 401 });
    const resource = url.searchParams.get("resource")!;
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    const access_token = jwt({ ...TOKEN_CLAIMS, aud: resource });
    reply(response, { status: 200, body: { access_token, expires_on, resource, token_type: "Bearer" } });
  });
  fake.url = `https://127.0.0.1:${await listen(arm)}`;
  fake.env = {
    ARM_METADATA_HOSTNAME: fake.url.slice("https://".length),
    ARM_SUBSCRIPTION_ID: SUBSCRIPTION,
    ARM_USE_MSI: "true",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${await listen(identity)}/msi/token`,
    IDENTITY_HEADER: "open sesame",
    NODE_EXTRA_CA_CERTS: tls.caFile,
  };
  fake.close = async () => {
    for (const server of [arm, identity]) {
      server.closeAllConnections();
      await new Promise((ok) => server.close(ok));
    }
    rmSync(home, { recursive: true, force: true });
  };
  return fake;
}
