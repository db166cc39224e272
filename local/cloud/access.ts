import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ArmError } from "./armError";
import type { Caller, RouteAccess } from "./cloud";
import { foreignHost, isOwnHost } from "./ownHost";

/** Clients derive the second from the portal address in our metadata document. */
const ML_AUDIENCES = ["https://ml.azure.com", "https://ml.azure.local"];

/** Audiences accepted by default: ARM by its public names and by the local cloud's own address. */
function armAudiences(baseUrl: string): string[] {
  const local = baseUrl.replace("127.0.0.1", "localhost");
  return [
    "https://management.azure.com",
    "https://management.core.windows.net",
    baseUrl,
    local,
    ...ML_AUDIENCES,
  ];
}

declare module "fastify" {
  interface FastifyRequest {
    caller?: Caller;
    /** `x-ms-correlation-request-id`: the client's, or a new one. */
    correlationId: string;
  }
}

function accessOf(request: FastifyRequest): RouteAccess {
  return request.routeOptions.config.access ?? (/^\/hub(\/|$)/i.test(request.url) ? "public" : "arm");
}

/**
 * Paths of ARM itself require an api-version. Any date is accepted here: clients of different releases send
 * different ones.
 */
function needsApiVersion(path: string): boolean {
  return /^\/(subscriptions|providers)(\/|$)/i.test(path);
}

function checkApiVersion(request: FastifyRequest): void {
  const [path = "", search = ""] = request.url.split("?");
  if (!needsApiVersion(path)) return;
  const version = new URLSearchParams(search).get("api-version");
  if (!version) {
    const message = "The api-version query parameter (?api-version=) is required for all requests.";
    throw new ArmError(400, "MissingApiVersionParameter", message);
  }
  if (!/^\d{4}-\d{2}-\d{2}(-[a-z]+)*$/i.test(version)) {
    const message = `The api-version '${version}' is invalid. It has the form yyyy-MM-dd or yyyy-MM-dd-preview.`;
    throw new ArmError(400, "InvalidApiVersionParameter", message);
  }
}

interface AccessOptions {
  baseUrl: string;
  /** The local cloud's time in milliseconds since 1970. */
  now: () => number;
  verify: (authorization: string | undefined, audiences: readonly string[]) => Caller;
}

export function registerAccess(app: FastifyInstance, { baseUrl, now, verify }: AccessOptions): void {
  const audiences = armAudiences(baseUrl);
  app.decorateRequest("correlationId", "");
  app.addHook("onRequest", (request, reply, done) => {
    const requested = request.headers["x-ms-correlation-request-id"];
    request.correlationId =
      typeof requested === "string" && /^[\w-]{1,64}$/.test(requested) ? requested : randomUUID();
    void reply.headers({
      // The service's own time, as in its bodies.
      date: new Date(now()).toUTCString(),
      "x-ms-request-id": request.id,
      "x-ms-correlation-request-id": request.correlationId,
    });
    const clientId = request.headers["x-ms-client-request-id"];
    if (typeof clientId === "string" && request.headers["x-ms-return-client-request-id"] === "true") {
      void reply.header("x-ms-client-request-id", clientId);
    }
    const { host } = request.headers;
    if (!isOwnHost(host)) throw new ArmError(400, "InvalidHostname", foreignHost(host));
    if (!request.is404) {
      if (accessOf(request) === "arm") request.caller = verify(request.headers.authorization, audiences);
      checkApiVersion(request);
    }
    done();
  });
}
