import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import type { RequestListener, Server as HttpServer } from "node:http";
import * as https from "node:https";
import * as path from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { registerAccess } from "./access";
import { registerArm } from "./arm/arm";
import { presentById } from "./arm/type";
import { openTokens } from "./auth";
import { Azurite } from "./azurite";
import { createBlobs } from "./blobs";
import { ArmError } from "./armError";
import type { Cloud, Part } from "./cloud";
import type { ClockProfile } from "./clock";
import { openClock, registerClockRoutes } from "./clockRoutes";
import { LOOPBACK } from "./constants";
import { registerControl } from "./control";
import type { Core } from "./core";
import { registerErrors } from "./errors";
import { createFaults } from "./faults/faults";
import { registerFaultInjection } from "./faults/inject";
import { registerFaultRoutes } from "./faults/routes";
import { registerHub } from "./hub/hub";
import { startIdentityEndpoint } from "./identity/managedIdentity";
import { registerMetadata } from "./identity/metadata";
import { readIdentitySecret } from "./identity/secret";
import { isDeeperThan, MAX_JSON_DEPTH } from "./jsonDepth";
import { listenOnLoopback } from "./listen";
import { createOperations, registerOperationRoutes } from "./lro";
import { registerMlCore } from "./ml/core";
import { registerMlParts } from "./ml/parts";
import { openRequestLog, registerRequestLog, type RequestLog } from "./requestLog";
import { createResources } from "./resources";
import { retryAfter } from "./retryAfter";
import { openStore } from "./store";
import { type RegisteredRoute, registerStrictness } from "./strict/check";
import { openTls } from "./tls";

/** ARM's own limit for a request body. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Longer than any name in Azure; some are longer than find-my-way's default of 100. */
const MAX_PARAM_LENGTH = 1024;
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS_TIMEOUT_MS = 30_000;

export interface CloudOptions {
  home: string;
  /** With 0 all endpoints (identity and blobs too) take any free port. */
  port: number;
  /** Default `brisk`. */
  profile?: ClockProfile;
  /** Virtual seconds per real second. Default 1. */
  speed?: number;
  /** Milliseconds. Default 120,000. */
  requestTimeoutMs?: number;
  /** Accepts what clients send beyond what a route declares. Default: refused. */
  loose?: boolean;
  /** Accepts tokens whoever signed them. Default: only the cloud's own. */
  anyToken?: boolean;
  /** Default: no log. */
  log?: (line: string) => void;
  /** Default: machine learning and the hub. */
  parts?: readonly Part[];
  /** Called after the answer to `POST /local/stop`. Default: close. */
  onStop?: () => void;
}

export interface RunningCloud {
  cloud: Cloud;
  app: FastifyInstance;
  port: number;
  identityPort: number;
  /** The certificate authority that clients must trust. */
  caFile: string;
  /** Milliseconds since the epoch; the current time while a job or an operation runs. */
  lastActivity(): number;
  close(): Promise<void>;
}

/**
 * Starts a local cloud in this process. A test needs only `createCloud({ home, port: 0, profile: "instant"
 * })`.
 * @throws CloudStartError, StoreError
 */
export async function createCloud(options: CloudOptions): Promise<RunningCloud> {
  const { home } = options;
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  const log = (area: string, message: string): void =>
    options.log?.(`${new Date().toISOString()} ${area}: ${message}`);
  const closers: Array<() => Promise<void> | void> = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      // A part that fails to close must not keep the others open.
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) =>
          log("cloud", `closing: ${error instanceof Error ? error.stack : String(error)}`),
        );
    }
  };
  try {
    return await start(options, log, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  options: CloudOptions,
  log: (area: string, message: string) => void,
  closers: Array<() => Promise<void> | void>,
  closeAll: () => Promise<void>,
): Promise<RunningCloud> {
  const { home, port: requestedPort, profile = "brisk", requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const store = openStore(path.join(home, "store"), (message) => log("store", message));
  closers.push(() => store.close());
  const tls = await openTls(home);
  const tokens = openTokens(home, { anyToken: options.anyToken });
  const secret = readIdentitySecret(home);

  // Nothing starts to work before all ports are available.
  let handle: RequestListener = (_request, response) => {
    response.writeHead(503, retryAfter(50)).end();
  };
  const server = https.createServer(
    {
      cert: tls.cert,
      key: tls.key,
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(requestTimeoutMs, HEADERS_TIMEOUT_MS),
      connectionsCheckingInterval: Math.min(requestTimeoutMs, HEADERS_TIMEOUT_MS),
    },
    (req, res) => handle(req, res),
  );
  const port = await listenOnLoopback(server, requestedPort, "HTTPS (Azure's APIs)");
  closers.push(() => closeServer(server));
  const identity = await startIdentityEndpoint({
    port: requestedPort === 0 ? 0 : requestedPort + 1,
    secret,
    issue: tokens.issue,
  });
  closers.push(() => identity.close());

  const baseUrl = `https://${LOOPBACK}:${port}`;
  const resources = createResources(store);
  const requestLog = openRequestLog(home);
  closers.push(() => requestLog.close());
  const { clock, close: closeClock } = openClock(store, { profile, speed: options.speed });
  closers.push(closeClock);
  const faults = createFaults((message) => log("faults", message));
  const lro = createOperations({ store, resources, baseUrl, log, clock, faults });
  const azurite = new Azurite({
    home,
    port: requestedPort === 0 ? 0 : requestedPort + 2,
    tls,
    tokenKey: tokens.verifyingPem,
    store,
    log,
    faults,
    requestLog,
  });
  closers.push(() => azurite.close());
  closers.push(() => lro.close());
  const core: Core = {
    home,
    baseUrl,
    port,
    identityPort: identity.port,
    store,
    clock,
    faults,
    resources,
    lro,
    azurite,
    blobs: createBlobs(azurite, tls.ca),
    issueToken: tokens.issue,
    verifyToken: tokens.verify,
    log,
    onClose: (stop) => void closers.push(stop),
  };

  const app = await buildApp(core, { ...options, publicJwk: tokens.publicJwk, secret, closeAll, requestLog });
  handle = (request, response) => app.routing(request, response);
  closers.push(() => app.close());
  await azurite.startIfNeeded();
  lro.resumeAll();
  log("cloud", `ready on ${baseUrl} (profile ${profile})`);
  return {
    cloud: core,
    app,
    port,
    identityPort: identity.port,
    caFile: tls.caFile,
    lastActivity: () => app.lastActivity(),
    close: closeAll,
  };
}

declare module "fastify" {
  interface FastifyInstance {
    lastActivity(): number;
    declaredRoutes: RegisteredRoute[];
  }
}

interface AppOptions extends CloudOptions {
  publicJwk: () => Record<string, unknown>;
  secret: string;
  closeAll: () => Promise<void>;
  requestLog: RequestLog;
}

async function buildApp(core: Core, options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    // HEAD is served only where Azure serves it: one more route for every GET takes a third of the start-up
    // time.
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    // As in ARM: clients append an id, which begins with a slash, after another slash.
    rewriteUrl: ({ url = "/" }) => url.replace(/^[^?]*/, (path) => path.replace(/\/{2,}/g, "/")),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
  });
  registerErrors(app, core.log);
  app.decorate("declaredRoutes", registerStrictness(app, options.loose ?? false, core.log));
  const requests = registerRequestLog(app, options.requestLog);
  const now = (): number => core.clock.now().getTime();
  registerAccess(app, { baseUrl: core.baseUrl, now, verify: core.verifyToken });
  registerFaultInjection(app, core.faults);
  acceptJson(app);
  // A write is confirmed only when it is on disk.
  app.addHook("onSend", async (request) => {
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) await core.store.flush();
  });

  const control = registerControl(app, core, {
    requests,
    onStop: options.onStop ?? (() => void options.closeAll()),
  });
  registerFaultRoutes(app, core.faults);
  registerClockRoutes(app, core);
  app.decorate("lastActivity", () => (control.busy() ? Date.now() : requests.idleSince()));
  registerMetadata(app, core, options);
  registerArm(app, core);
  registerOperationRoutes(app, {
    baseUrl: core.baseUrl,
    store: core.store,
    resources: core.resources,
    clock: core.clock,
    present: (id) => presentById(core, id),
  });
  registerMlCore(app, core);
  for (const register of options.parts ?? [registerMlParts, registerHub]) register(app, core);
  await app.ready();
  return app;
}

/** An empty body means none; a malformed one gets ARM's 400. */
function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>(
    /^application\/(.+\+)?json(;|$)/i,
    { parseAs: "string" },
    (request, body, done) => {
      if (body.trim() === "") return done(null, undefined);
      if (isDeeperThan(body, MAX_JSON_DEPTH)) {
        const message = `The request content was invalid and could not be deserialized: arrays and objects are nested more than ${MAX_JSON_DEPTH} deep.`;
        return done(new ArmError(400, "InvalidRequestContent", message));
      }
      void parse(request, body, (error, value) => {
        if (!error) return done(null, value);
        const message = `The request content was invalid and could not be deserialized: '${error.message}'.`;
        done(new ArmError(400, "InvalidRequestContent", message, {}, { cause: error }));
      });
    },
  );
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
