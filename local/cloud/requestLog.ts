/** A line per request, without secrets, and counters of requests and writes. */
import * as fs from "node:fs";
import type { FastifyInstance, FastifyRequest } from "fastify";

export interface RequestCounters {
  /** All requests since the start, but those to `/local/…`. */
  total: number;
  /** Those that may change something. */
  writes: number;
}

/** A log longer than this is set aside as `requests.log.1`. */
const ROTATE_BYTES = 8 * 1024 * 1024;

/** POSTs that only read, by their last path segment: secrets, tokens, searches, look-ups. */
const READ_LIKE =
  /\/(listKeys|listSecrets|listCredentials|sharedKeys|listAccountSas|listServiceSas|listNodes|listNotebookKeys|listStorageAccountKeys|token|getLogs|checkNameAvailability|search|resolve)$/i;

/** True if a request may change something: not GET, HEAD or OPTIONS, and not one of the POSTs that only read. */
export function isWrite(method: string, path: string, readOnlyRoute = false): boolean {
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return false;
  return !(method === "POST" && (readOnlyRoute || READ_LIKE.test(path)));
}

/** Query values that are secrets, as in SAS URLs. */
function redactUrl(url: string): string {
  return url.replace(/([?&](?:sig|sv_sig|key|code|token|access_token|skoid|sktid)=)[^&]*/gi, "$1***");
}

function isControl(request: FastifyRequest): boolean {
  return /^\/local\//i.test(request.url);
}

/** Installs the log as hooks; the file is `requests.log` in the cloud's directory. */
export function registerRequestLog(
  app: FastifyInstance,
  file: string,
): RequestCounters & { idleSince(): number } {
  const counters = { total: 0, writes: 0 };
  let lastRequest = Date.now();
  let stream = fs.createWriteStream(file, { flags: "a", mode: 0o600 });
  let bytes = fs.existsSync(file) ? fs.statSync(file).size : 0;

  app.addHook("onRequest", (request, _reply, done) => {
    lastRequest = Date.now();
    if (!isControl(request)) {
      counters.total++;
      const path = request.url.split("?")[0] ?? "";
      if (isWrite(request.method, path, request.routeOptions.config?.readOnly)) counters.writes++;
    }
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    lastRequest = Date.now();
    const line = `${JSON.stringify({
      time: new Date().toISOString(),
      id: request.id,
      correlationId: request.correlationId,
      method: request.method,
      url: redactUrl(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      client: request.headers["user-agent"],
      ...(request.fault ? { fault: request.fault.id } : {}),
    })}\n`;
    if (bytes > ROTATE_BYTES) {
      stream.end();
      fs.renameSync(file, `${file}.1`);
      stream = fs.createWriteStream(file, { flags: "a", mode: 0o600 });
      bytes = 0;
    }
    bytes += line.length;
    stream.write(line);
    done();
  });
  app.addHook("onClose", (_app, done) => stream.end(() => done()));
  return Object.assign(counters, { idleSince: () => lastRequest });
}
