import * as http from "node:http";
import * as https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SERVICE_AGENT } from "../../local/cloud/constants";

/** What can happen to one request. */
export const faultKinds = ["die-before", "die-after", "429", "500", "504-after", "hang", "drop"] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault at one request of a run: `PUT …/computes/gpu-cluster-{hash} #1`. */
export interface FaultAt {
  kind: FaultKind;
  /** Method and normalised path, as `Requests.trace` names a request. */
  path: string;
  /** Which request with this method and path, from 1. The order of requests with other paths varies from run to run. */
  ordinal: number;
}

/** A request of a run. */
export interface Sent {
  /** Method and path, without what differs from stack to stack. */
  path: string;
  ordinal: number;
  /** Method and declared route of the service. */
  route: string;
}

/** Names a request: `PUT …/computes/gpu-cluster-{hash} #1`. */
export const nameOf = ({ path, ordinal }: Pick<Sent, "path" | "ordinal">): string => `${path} #${ordinal}`;

/** The request of a name. */
export function requestOf(name: string): Pick<Sent, "path" | "ordinal"> {
  const [, path = name, ordinal = "1"] = /^(.+) #(\d+)$/.exec(name) ?? [];
  return { path, ordinal: Number(ordinal) };
}

/** Which service listens on a port, and the routes of the APIs. */
export interface Ports {
  api: number;
  identity: number;
  blobs(): number;
  routeOf(method: string, path: string): string;
}

/** A run that sends more requests than this does not end. A complete `up` sends fewer than 200. */
const mostRequests = 10_000;

type Send = () => void;
export type Observe = (sent: Sent, response: ServerResponse, send: Send) => void;

/** All requests of clients to the services in this process, and what happens to them. */
export class Requests {
  /** Of the current run, in order of arrival. */
  trace: Sent[] = [];
  /** Faults that met their request, in this order. */
  struck: FaultAt[] = [];
  private counts = new Map<string, number>();
  private faults: readonly FaultAt[] = [];
  /** Before a request reaches its service; a snapshot is taken in it. */
  private observe: Observe | undefined;
  private onDeath: () => void = () => undefined;
  isDead = false;
  private held: { request: IncomingMessage; fault: FaultAt; send: Send }[] = [];
  ports: Ports | undefined;
  /** Called for each request of a run. */
  onRequest: () => void = () => undefined;

  /** A new run begins. */
  begin(faults: readonly FaultAt[], onDeath: () => void, observe?: Observe): void {
    this.trace = [];
    this.counts = new Map();
    this.faults = faults;
    this.onDeath = onDeath;
    this.observe = observe;
    this.struck = [];
    this.isDead = false;
  }

  /** The faults whose requests still wait for an answer. */
  unanswered(): FaultAt[] {
    return this.held.flatMap(({ request, fault }) => (request.socket.destroyed ? [] : [fault]));
  }

  /** From now on nothing of the run reaches a service. */
  die(): void {
    this.isDead = true;
    this.releaseHeld();
  }

  /** The run has ended: connections that were never answered are closed. */
  end(): void {
    this.faults = [];
    this.observe = undefined;
    this.isDead = false;
    this.releaseHeld();
  }

  /** Requests that were never answered reach their service after all. */
  answerHeld(): void {
    for (const { send } of this.held.splice(0)) send();
  }

  private releaseHeld(): void {
    for (const { request } of this.held.splice(0)) request.socket.destroy();
  }

  handle(request: IncomingMessage, response: ServerResponse, send: Send): void {
    const named = this.nameRequest(request);
    if (named === undefined) return send();
    if (this.isDead) return void request.socket.destroy();
    const ordinal = (this.counts.get(named.path) ?? 0) + 1;
    this.counts.set(named.path, ordinal);
    const sent = { ...named, ordinal };
    this.trace.push(sent);
    this.onRequest();
    if (this.trace.length > mostRequests) {
      this.onDeath();
      return void request.socket.destroy();
    }
    if (this.observe) return this.observe(sent, response, send);
    const { path } = named;
    const fault = this.faults.find((one) => one.path === path && one.ordinal === ordinal);
    if (!fault) return send();
    this.struck.push(fault);
    this.strike(fault, request, response, send);
  }

  private strike(fault: FaultAt, request: IncomingMessage, response: ServerResponse, send: Send): void {
    const { kind } = fault;
    if (kind === "drop") request.socket.destroy();
    else if (kind === "hang") this.held.push({ request, fault, send });
    else if (kind === "die-before") {
      this.onDeath();
      request.socket.destroy();
    } else if (kind === "429" || kind === "500") {
      request.resume();
      answer(response, Number(kind), this.serviceOf(request));
    } else {
      afterCommit(response, () => {
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        if (kind === "504-after") return answer(response, 504, this.serviceOf(request));
        this.onDeath();
        request.socket.destroy();
      });
      send();
    }
  }

  private serviceOf({ socket }: IncomingMessage): "api" | "identity" | "blobs" | undefined {
    const { ports } = this;
    if (socket.localPort === ports?.api) return "api";
    if (socket.localPort === ports?.identity) return "identity";
    return socket.localPort === ports?.blobs() ? "blobs" : undefined;
  }

  /** Undefined for requests that no client of the run has sent. */
  private nameRequest(request: IncomingMessage): Omit<Sent, "ordinal"> | undefined {
    const { method = "GET", url = "/", headers } = request;
    const [path = "", query = ""] = url.split("?");
    const service = this.serviceOf(request);
    if (service === undefined || /^\/local\//i.test(path)) return undefined;
    if (headers["user-agent"]?.includes(SERVICE_AGENT)) return undefined;
    if (service === "identity") return { path: `${method} identity`, route: `${method} identity` };
    if (service === "api") {
      const route = this.ports?.routeOf(method, path) ?? path;
      return { path: `${method} ${normalisedPath(path)}`, route: `${method} ${route}` };
    }
    const parameters = new URLSearchParams(query);
    const what = ["restype", "comp"].flatMap((name) => parameters.get(name) ?? []).join(" ");
    const depth = path.split("/").filter(Boolean).length;
    const target = depth > 2 ? "blob" : depth === 2 ? "container" : "account";
    return {
      path: `${method} blobs ${normalisedPath(path)} ${what}`.trim(),
      route: `${method} blobs ${target} ${what}`.trim(),
    };
  }
}

/** Without host ports, GUIDs, hashes, and the part that all resources of the group share. */
export function normalisedPath(path: string): string {
  return decodeURIComponent(path)
    .replace(/\/{2,}/g, "/")
    .replace(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\//i, "…/")
    .replace(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi, "{guid}")
    .replace(/(?<![a-z\d])(?=[a-z]*\d)[\da-f]{6,}(?![a-z\d])/gi, "{hash}")
    .replace(/:\d{4,5}\b/g, "");
}

/**
 * Runs the handler, but keeps its answer from the client, and calls back in its place.
 * @param then receives a function that sends the kept answer after all.
 */
export function afterCommit(response: ServerResponse, then: (answer: () => void) => void): void {
  const { writeHead, write, end } = response;
  const kept: (() => void)[] = [];
  const done = (args: unknown[]): void => {
    const callback = args.find((argument) => typeof argument === "function") as (() => void) | undefined;
    if (callback) setImmediate(callback);
  };
  const keep = (method: unknown, args: unknown[]): void => {
    const plain = args.filter((argument) => typeof argument !== "function");
    kept.push(() => void (method as (...all: unknown[]) => unknown).apply(response, plain));
  };
  Object.assign(response, {
    writeHead: (...args: unknown[]) => {
      keep(writeHead, args);
      return response;
    },
    flushHeaders: () => undefined,
    write: (...args: unknown[]) => {
      keep(write, args);
      done(args);
      return true;
    },
    end: (...args: unknown[]) => {
      keep(end, args);
      Object.assign(response, { writeHead, write, end });
      then(() => kept.forEach((call) => call()));
      done(args);
      return response;
    },
  });
}

const codes: Readonly<Record<number, string>> = {
  429: "TooManyRequests",
  500: "InternalServerError",
  504: "GatewayTimeout",
};

/** An error answer as the service words it. */
function answer(response: ServerResponse, status: number, service: string | undefined): void {
  const code = codes[status] ?? "Error";
  const message = "Struck by the sweep.";
  const wait = status === 429 ? { "retry-after": "2" } : {};
  if (service === "blobs") {
    response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code, ...wait });
    response.end(
      `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    );
    return;
  }
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...wait });
  response.end(JSON.stringify({ error: { code, message } }));
}

/**
 * Sends every request to a server of this process through `requests` first. The services have no common entry: the APIs,
 * the identity endpoint and the blob store are servers of their own.
 */
export function interceptServers(requests: Requests): void {
  for (const { prototype } of [http.Server, https.Server]) {
    const emit = prototype.emit as (this: http.Server, event: string | symbol, ...args: unknown[]) => boolean;
    prototype.emit = function (this: http.Server, event: string | symbol, ...args: unknown[]): boolean {
      if (event !== "request") return emit.call(this, event, ...args);
      const [request, response] = args as [IncomingMessage, ServerResponse];
      requests.handle(request, response, () => void emit.call(this, event, ...args));
      return true;
    } as typeof prototype.emit;
  }
}

/** Finds the declared route of a path: the one with the most fixed segments. */
export function routeTable(routes: readonly { method: string; url: string }[]): Ports["routeOf"] {
  const table = routes.map(({ method, url }) => {
    const parts = url.split("/").map((part) => {
      if (part.startsWith(":")) return "[^/]+";
      return part === "*" ? ".*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    });
    return {
      method,
      name: shortName(url),
      pattern: new RegExp(`^${parts.join("/")}/?$`, "i"),
      fixed: parts.filter((part) => !/[[*]/.test(part)).length,
    };
  });
  table.sort((a, b) => b.fixed - a.fixed);
  const known = new Map<string, string>();
  return (method, path) => {
    const key = `${method} ${path}`;
    const plain = decodeURI(path).replace(/\/{2,}/g, "/");
    const name =
      known.get(key) ??
      table.find((route) => route.method === method && route.pattern.test(plain))?.name ??
      path;
    known.set(key, name);
    return name;
  };
}

const groupPath = /^\/subscriptions\/:\w+\/resourceGroups\/:\w+\/providers\//i;

/** Without the part that all ARM resources share; parameters by one letter. */
function shortName(url: string): string {
  return url
    .replace(groupPath, "…/")
    .replace(/^\/subscriptions\/:\w+/i, "/subscriptions/{id}")
    .replace(/:(\w+)/g, "{$1}");
}
