/**
 * Azurite in its own process, with commands over IPC. When the channel closes, it saves and exits. Built from
 * Azurite's classes, so that accounts can be added while it runs (its command line rereads them once a
 * minute) and its SQL and telemetry clients are never loaded.
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import * as path from "node:path";
import { signedClaims } from "./auth";
import { journaled, type Records } from "./blobJournal";
import type { AzuriteCommand, AzuriteEvent } from "./azurite";
import { foreignHost, isOwnHost } from "./ownHost";
import type { RequestLine } from "./requestLog";
import { LOOPBACK, SERVICE_AGENT } from "./constants";
import { type BlobFaults, createBlobFaults } from "./faults/blobFaults";

interface BlobServer {
  start(): Promise<void>;
  close(): Promise<void>;
  getHttpServerAddress(): string;
  readonly httpServer: Server;
  readonly accountDataStore: { refresh(): void };
  readonly metadataStore: Records;
  readonly extentMetadataStore: Records;
}

const load = createRequire(__filename);
const BlobConfiguration = (
  load("azurite/dist/src/blob/BlobConfiguration") as { default: new (...settings: unknown[]) => unknown }
).default;
const BlobServerClass = (
  load("azurite/dist/src/blob/BlobServer") as { default: new (configuration: unknown) => BlobServer }
).default;

const KEEP_ALIVE_SECONDS = 5;
let server: BlobServer | undefined;
let stopping = false;
const faults: BlobFaults = createBlobFaults(({ id, seen, struck }) =>
  send({ kind: "struck", id, seen, struck }),
);

function send(event: AzuriteEvent): void {
  if (process.connected) process.send?.(event);
}

/** Accounts that refuse their keys. */
let tokenOnly: ReadonlySet<string> = new Set();
/** Verifies tokens: Azurite checks their audience, issuer and times, but no signature. Undefined: any signature. */
let tokenKey: KeyObject | undefined;

function setAccounts({ accounts, tokenOnly: names }: { accounts: string; tokenOnly: string[] }): void {
  tokenOnly = new Set(names);
  process.env["AZURITE_ACCOUNTS"] = accounts;
  server?.accountDataStore.refresh();
}

async function start(command: Extract<AzuriteCommand, { kind: "start" }>): Promise<void> {
  setAccounts(command);
  const { directory } = command;
  tokenKey = command.tokenKey === undefined ? undefined : createPublicKey(command.tokenKey);
  const configuration = new BlobConfiguration(
    LOOPBACK,
    command.port,
    KEEP_ALIVE_SECONDS,
    path.join(directory, "blobs.json"),
    path.join(directory, "extents.json"),
    [{ locationId: "Default", locationPath: path.join(directory, "extents"), maxConcurrency: 50 }],
    false, // access log: the parent counts requests
    undefined,
    false, // debug log
    undefined,
    false, // strict: refuse headers and parameters that Azurite does not support
    true, // any x-ms-version: clients are newer than Azurite
    command.certFile,
    command.keyFile,
    "",
    "basic", // Entra tokens: audience, issuer and times
    false, // <account>.blob.localhost works too
    false, // on disk
  );
  server = new BlobServerClass(configuration);
  for (const records of [server.metadataStore, server.extentMetadataStore]) journaled(records);
  await server.start();
  interceptRequests(server.httpServer);
  send({ kind: "ready", port: Number(new URL(server.getHttpServerAddress()).port) });
}

/** Without the query, which may contain a signature. */
function reportRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { method, path }: { method: string; path: string },
): void {
  const started = performance.now();
  const text = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === "string" ? value : undefined;
  };
  response.once("close", () => {
    const correlationId = text("x-ms-client-request-id");
    const client = text("user-agent");
    const line: RequestLine = {
      time: new Date().toISOString(),
      id: String(response.getHeader("x-ms-request-id") ?? ""),
      ...(correlationId ? { correlationId } : {}),
      method,
      url: path,
      status: response.writableFinished ? response.statusCode : 0,
      ms: Math.round(performance.now() - started),
      ...(client ? { client } : {}),
    };
    send({ kind: "request", line });
  });
}

/** Removes the storage suffix after the account; see `withSuffix` in blobs.ts. */
function plainPath(url: string): string {
  return url.replace(/^\/([a-z0-9]{3,24})\.blob\.localhost(?::|%3A)\d+\//i, "/$1/");
}

/**
 * Whether a request to an account that refuses its keys is signed with one: by its header, or by a SAS for a whole account (`ss`).
 * The cloud's own SAS are for one blob or container. On Azure these are signed with a user delegation key, which stays allowed.
 */
function usesKey({ headers }: IncomingMessage, url: string): boolean {
  const [path = "", query = ""] = url.split("?");
  if (!tokenOnly.has(path.split("/")[1] ?? "")) return false;
  const { authorization = "" } = headers;
  return /^SharedKey/i.test(authorization) || (authorization === "" && new URLSearchParams(query).has("ss"));
}

/** Whether a request carries a token that this cloud has not signed. */
function usesForeignToken({ headers }: IncomingMessage): boolean {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === undefined || !tokenKey) return false;
  try {
    signedClaims(tokenKey, token);
    return false;
  } catch {
    return true;
  }
}

/** The refusal of a request that must not reach Azurite. */
function refusalOf(request: IncomingMessage, url: string): [number, string, string] | undefined {
  const { host } = request.headers;
  if (!isOwnHost(host)) return [400, "InvalidHeaderValue", foreignHost(host)];
  if (usesKey(request, url)) {
    // contract: storage-refuses-keys
    const message = "Key based authentication is not permitted on this storage account.";
    return [403, "KeyBasedAuthenticationNotPermitted", message];
  }
  // Status and code of a token that Azure Storage cannot validate: common REST API error codes, InvalidAuthenticationInfo.
  if (usesForeignToken(request))
    return [401, "InvalidAuthenticationInfo", "Only tokens of this local cloud are accepted."];
  return undefined;
}

function refuse(response: ServerResponse, [status, code, message]: [number, string, string]): void {
  response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  );
}

/** The cloud's own requests are neither logged nor struck by faults. */
function interceptRequests(httpServer: Server): void {
  type Listener = (request: IncomingMessage, response: ServerResponse) => void;
  const behind = httpServer.listeners("request") as Listener[];
  httpServer.removeAllListeners("request");
  httpServer.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET" } = request;
    const url = plainPath(request.url ?? "");
    request.url = url;
    const path = url.split("?")[0] ?? "";
    const own = request.headers["user-agent"]?.includes(SERVICE_AGENT) === true;
    if (!own) reportRequest(request, response, { method, path });
    const refusal = own ? undefined : refusalOf(request, url);
    if (refusal) return refuse(response, refusal);
    if (!own && faults.apply({ method, path }, request, response)) return;
    for (const listener of behind) listener.call(httpServer, request, response);
  });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  try {
    await server?.close();
    if (server) await Promise.all([server.metadataStore, server.extentMetadataStore].map(written));
  } finally {
    process.exit(0);
  }
}

/** LokiJS counts changes as saved when a save begins: wait until it has ended. */
function written({ db }: Records): Promise<void> {
  return new Promise((resolve) => db.throttledSaveDrain(() => resolve()));
}

process.on("message", (command: AzuriteCommand) => {
  if (command.kind === "start") {
    start(command).catch((error: NodeJS.ErrnoException) => {
      send({ kind: "failed", code: error.code ?? "", message: error.message });
      setImmediate(() => process.exit(1));
    });
  } else if (command.kind === "accounts") {
    setAccounts(command);
    send({ kind: "done" });
  } else if (command.kind === "faults") {
    faults.set(command.faults);
    send({ kind: "done" });
  } else {
    void stop();
  }
});
process.on("disconnect", () => void stop());
process.on("SIGTERM", () => void stop());
// Ctrl-C reaches the whole process group; the parent decides when to stop.
process.on("SIGINT", () => {});
