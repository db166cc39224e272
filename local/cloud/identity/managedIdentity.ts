/**
 * App Service's managed identity (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`), which all of Azure's clients try.
 * Plain HTTP as there.
 */
import { timingSafeEqual } from "node:crypto";
import * as http from "node:http";
import { listenOnLoopback } from "../listen";
import { LOOPBACK } from "../constants";
import { foreignHost, isOwnHost } from "../ownHost";

const TOKEN_SECONDS = 3600;

interface IdentityOptions {
  port: number;
  secret: string;
  issue: (audience: string, expiresInSeconds?: number) => string;
}

interface IdentityEndpoint {
  port: number;
  url: string;
  close(): Promise<void>;
}

/** `GET /msi/token?api-version=2019-08-01&resource=<audience>` with `X-IDENTITY-HEADER`. */
export async function startIdentityEndpoint(options: IdentityOptions): Promise<IdentityEndpoint> {
  const server = http.createServer((request, response) => answer(request, response, options));
  const port = await listenOnLoopback(server, options.port, "the managed-identity endpoint");
  return {
    port,
    url: `http://${LOOPBACK}:${port}/msi/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: IdentityOptions,
): void {
  const url = new URL(request.url ?? "/", `http://${LOOPBACK}`);
  const send = (status: number, body: Record<string, unknown>): void => {
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    });
    response.end(JSON.stringify(body));
  };
  const { host } = request.headers;
  if (!isOwnHost(host)) return send(400, { statusCode: 400, message: foreignHost(host) });
  if (url.pathname !== "/msi/token") {
    return send(404, {
      statusCode: 404,
      message: `No such path: ${url.pathname}. The token endpoint is /msi/token.`,
    });
  }
  if (request.method !== "GET") return send(405, { statusCode: 405, message: "Only GET is allowed." });
  if (!sameSecret(request.headers["x-identity-header"], options.secret)) {
    return send(401, { statusCode: 401, message: "The X-IDENTITY-HEADER header is missing or wrong." });
  }
  const audience = url.searchParams.get("resource") ?? "";
  if (!url.searchParams.get("api-version") || audience === "") {
    return send(400, {
      statusCode: 400,
      message: "The query needs 'api-version' (2019-08-01) and 'resource'.",
    });
  }
  send(200, {
    access_token: options.issue(audience, TOKEN_SECONDS),
    expires_on: String(Math.floor(Date.now() / 1000) + TOKEN_SECONDS),
    resource: audience,
    token_type: "Bearer",
  });
}

function sameSecret(given: string | string[] | undefined, secret: string): boolean {
  const left = Buffer.from(typeof given === "string" ? given : "");
  const right = Buffer.from(secret);
  return left.length === right.length && timingSafeEqual(left, right);
}
