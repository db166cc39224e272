import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ArmError } from "../armError";
import { errorBody } from "../errors";
import { retryAfter } from "../retryAfter";
import type { Fault } from "./fault";
import { type Faults, faultError } from "./faults";

declare module "fastify" {
  interface FastifyRequest {
    fault?: Fault;
  }
}

const ANSWERS: Partial<Record<Fault["kind"], { status: number; code: string; message: string }>> = {
  "429": {
    status: 429,
    code: "TooManyRequests",
    message: "The request is being throttled. Try again later.",
  },
  "500": { status: 500, code: "InternalServerError", message: "An internal error occurred." },
  "503": { status: 503, code: "ServiceUnavailable", message: "The service is temporarily unavailable." },
};

/** Call it after the token check: a fault strikes only authenticated callers. */
export function registerFaultInjection(app: FastifyInstance, faults: Faults): void {
  app.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    if (/^\/local\//i.test(path)) return;
    const fault = faults.strikes("requests", { method: request.method, path });
    if (!fault) return;
    request.fault = fault;
    const answer = ANSWERS[fault.kind];
    if (answer) {
      const { message, code, status } = faultError(fault, answer.status, answer.code, answer.message);
      throw new ArmError(status, code, message, { headers: retryAfter(fault.retryAfterMs) });
    }
    if (fault.kind === "drop") return hangUp(request, reply);
    if (fault.kind === "hang") return hold(faults, fault, request, reply);
  });
  // After the body has been read: everything from here on runs in the fault's context.
  app.addHook("preHandler", (request, _reply, done) => {
    const path = request.url.split("?")[0] ?? "";
    const isOwn = /^\/local\//i.test(path) || request.method === "GET";
    const fault = isOwn ? undefined : faults.strikes("operations", { method: request.method, path });
    if (!fault) return done();
    request.fault = fault;
    faults.whileStarting(fault, () => done());
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const { fault } = request;
    if (fault?.kind === "hang-after-commit") await untilCleared(faults, fault, request);
    if (fault?.kind === "drop-after-commit" || fault?.kind === "hang-after-commit") {
      request.raw.socket.destroy();
      return payload;
    }
    if (fault?.kind !== "504-after-commit") return payload;
    for (const header of [
      "location",
      "azure-asyncoperation",
      "x-ms-async-operation-timeout",
      "content-length",
    ])
      reply.removeHeader(header);
    void reply.code(504).type("application/json; charset=utf-8").headers(retryAfter(fault.retryAfterMs));
    const message = "The gateway did not receive a response within the specified time.";
    return JSON.stringify(errorBody(faultError(fault, 504, "GatewayTimeout", message)));
  });
}

function hangUp(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

async function hold(
  faults: Faults,
  fault: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await untilCleared(faults, fault, request);
  return hangUp(request, reply);
}

/** Waits until the fault is cleared or the caller has gone. */
async function untilCleared(faults: Faults, fault: Fault, request: FastifyRequest): Promise<void> {
  const disconnected = new AbortController();
  request.raw.socket.once("close", () => disconnected.abort(new Error("the caller has disconnected")));
  await faults.untilCleared(fault, disconnected.signal).catch(() => undefined);
}
