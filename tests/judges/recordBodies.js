/**
 * Preloaded into the local cloud's process (`node --require`). Appends one line of JSON for each request that the process
 * answers to the file in RECORD_BODIES: method, URL, both bodies, and the status. The local cloud's own request log has no
 * bodies, because they contain secrets.
 */
"use strict";
const { appendFileSync } = require("node:fs");
const https = require("node:https");

const file = process.env.RECORD_BODIES;
const emit = https.Server.prototype.emit;

/** Replaces a method by one that first passes its first argument to `see`. */
function tap(target, name, see) {
  const original = target[name];
  target[name] = function (first, ...rest) {
    see(first);
    return original.call(this, first, ...rest);
  };
}

https.Server.prototype.emit = function (event, request, response) {
  if (event === "request" && file) {
    const [sent, answered] = [[], []];
    const collect = (chunks) => (chunk) => {
      if (typeof chunk === "string" || Buffer.isBuffer(chunk)) chunks.push(Buffer.from(chunk));
    };
    // A listener for "data" would start the stream before the server reads it.
    tap(request, "push", collect(sent));
    tap(response, "write", collect(answered));
    tap(response, "end", collect(answered));
    response.once("close", () => {
      const line = {
        method: request.method,
        url: request.url,
        client: request.headers["user-agent"],
        body: Buffer.concat(sent).toString("utf8"),
        status: response.statusCode,
        answer: Buffer.concat(answered).toString("utf8"),
      };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    });
  }
  // Event emitters pass every argument on.
  return emit.apply(this, arguments);
};
