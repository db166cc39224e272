import * as fs from "node:fs";
import * as path from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";

export interface RequestCounters {
  /** All requests since the start except those to `/local/…`. */
  total: number;
  writes: number;
}

export interface RequestLine {
  time: string;
  id: string;
  correlationId?: string;
  method: string;
  /** Without signatures, keys and tokens. */
  url: string;
  /** 0: the connection was closed before the answer was sent. */
  status: number;
  ms: number;
  client?: string;
  error?: string;
  /** What the request carried that is not supported, if the cloud accepts that (`--loose`). */
  unknown?: string;
  /** Number of the fault that struck it. */
  fault?: number;
}

export interface RequestLog {
  write(line: RequestLine): void;
  close(): Promise<void>;
}

declare module "fastify" {
  interface FastifyRequest {
    failure?: string;
  }
}

/** A longer log is renamed to `requests.log.1`. */
const ROTATE_BYTES = 8 * 1024 * 1024;

/** POSTs that only read, by their last path segment. */
const READ_LIKE =
  /\/(listKeys|listSecrets|listCredentials|sharedKeys|listAccountSas|listServiceSas|listNodes|listNotebookKeys|listStorageAccountKeys|token|getLogs|checkNameAvailability|search|resolve)$/i;

export function isWrite(method: string, path: string, readOnlyRoute = false): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return false;
  return !(method === "POST" && (readOnlyRoute || READ_LIKE.test(path)));
}

/** As in SAS URLs. */
function redactUrl(url: string): string {
  return url.replace(
    /([?&](?:sig|signature|sv_sig|key|code|token|access_token|skoid|sktid)=)[^&]*/gi,
    "$1***",
  );
}

function isControl(request: FastifyRequest): boolean {
  return /^\/local\//i.test(request.url);
}

function requestLogFile(home: string): string {
  return path.join(home, "requests.log");
}

export function openRequestLog(home: string): RequestLog {
  const file = requestLogFile(home);
  let bytes = fs.existsSync(file) ? fs.statSync(file).size : 0;
  let stream = fs.createWriteStream(file, { flags: "a", mode: 0o600 });
  return {
    write: (line) => {
      const text = `${JSON.stringify(line)}\n`;
      if (bytes > ROTATE_BYTES) {
        stream.end();
        fs.renameSync(file, `${file}.1`);
        stream = fs.createWriteStream(file, { flags: "a", mode: 0o600 });
        bytes = 0;
      }
      bytes += text.length;
      stream.write(text);
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

/** Oldest first, including those of the renamed log. */
export function lastRequests(home: string, count: number): RequestLine[] {
  const file = requestLogFile(home);
  const lines: string[] = [];
  for (const part of [`${file}.1`, file]) {
    if (fs.existsSync(part)) lines.push(...fs.readFileSync(part, "utf8").split("\n").filter(Boolean));
  }
  return lines.slice(-count).flatMap((line) => {
    try {
      return [JSON.parse(line) as RequestLine];
    } catch {
      // A line that a crash truncated.
      return [];
    }
  });
}

export function registerRequestLog(
  app: FastifyInstance,
  log: RequestLog,
): RequestCounters & { idleSince(): number } {
  const counters = { total: 0, writes: 0 };
  let lastRequest = Date.now();

  app.addHook("onRequest", (request, reply, done) => {
    lastRequest = Date.now();
    if (!isControl(request)) {
      counters.total++;
      const target = request.url.split("?")[0] ?? "";
      if (isWrite(request.method, target, request.routeOptions.config?.readOnly)) counters.writes++;
    }
    const started = performance.now();
    // Also if the connection ends without an answer.
    reply.raw.once("close", () => {
      lastRequest = Date.now();
      const status = reply.raw.writableFinished ? reply.raw.statusCode : 0;
      log.write(lineOf(request, status, performance.now() - started));
    });
    done();
  });
  app.addHook("onError", (request, _reply, error, done) => {
    request.failure = typeof error.code === "string" ? error.code : error.name;
    done();
  });
  return Object.assign(counters, { idleSince: () => lastRequest });
}

function lineOf(request: FastifyRequest, status: number, elapsed: number): RequestLine {
  const client = request.headers["user-agent"];
  return {
    time: new Date().toISOString(),
    id: request.id,
    correlationId: request.correlationId,
    method: request.method,
    url: redactUrl(request.url),
    status,
    ms: Math.round(elapsed),
    ...(client === undefined ? {} : { client }),
    ...(request.failure ? { error: request.failure } : {}),
    ...(request.unknown ? { unknown: request.unknown } : {}),
    ...(request.fault ? { fault: request.fault.id } : {}),
  };
}
