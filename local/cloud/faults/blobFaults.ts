import type { IncomingMessage, ServerResponse } from "node:http";
import { retryAfter } from "../retryAfter";
import { type Fault, strike, type Subject } from "./fault";

export interface BlobFaults {
  /** Existing ones keep their counts. */
  set(faults: Fault[]): void;
  /** True if a fault strikes the request; the caller then must not handle it. */
  apply(subject: Subject, request: IncomingMessage, response: ServerResponse): boolean;
}

/** An interrupted upload is read up to this size before the connection is closed. */
const READ_BYTES = 1024;

export function createBlobFaults(struck: (fault: Fault) => void): BlobFaults {
  let faults: Fault[] = [];
  const hanging = new Map<number, IncomingMessage[]>();
  return {
    set: (now) => {
      faults = now.map((fault) => faults.find(({ id }) => id === fault.id) ?? fault);
      for (const [id, requests] of hanging) {
        if (faults.some((fault) => fault.id === id)) continue;
        for (const request of requests) request.socket.destroy();
        hanging.delete(id);
      }
    },
    apply: (subject, request, response) => {
      const before = faults.map(({ seen }) => seen);
      const fault = strike(faults, () => true, subject);
      faults.filter(({ seen }, index) => seen !== before[index]).forEach(struck);
      if (!fault) return false;
      if (fault.kind === "hang") hanging.set(fault.id, [...(hanging.get(fault.id) ?? []), request]);
      else if (fault.kind === "drop") request.socket.destroy();
      else if (fault.kind === "interrupt") interrupt(request);
      else answer(fault, request, response);
      return true;
    },
  };
}

function interrupt(request: IncomingMessage): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= READ_BYTES) request.socket.destroy();
  });
  request.on("end", () => request.socket.destroy());
}

/** XML, with its code in a header. */
function answer(fault: Fault, request: IncomingMessage, response: ServerResponse): void {
  const busy = fault.kind === "503";
  const code = fault.code ?? (busy ? "ServerBusy" : "InternalError");
  const text = fault.message ?? (busy ? "The server is busy." : "The server encountered an internal error.");
  const message = text.replace(/[<>&]/g, " ");
  request.resume();
  response.writeHead(Number(fault.kind), {
    "content-type": "application/xml",
    "x-ms-error-code": code,
    "x-ms-version": "2025-01-05",
    ...retryAfter(fault.retryAfterMs),
  });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  );
}
