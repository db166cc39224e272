/**
 * `npm run bench -- cloud`: many concurrent clients of the control plane and of scoring. No confirmed write
 * may be lost.
 */
import { fork, type ChildProcess } from "node:child_process";
import * as https from "node:https";
import * as path from "node:path";
import * as tls from "node:tls";
import { armPath } from "./address";
import type { LoadTarget, Memory } from "./server";

export interface CloudLoadOptions {
  /** Concurrent clients of the control plane. Default: 200. */
  clients?: number;
  /** Calls per client. Default: 30. */
  calls?: number;
  /** Concurrent clients that score. Default: 50. */
  scorers?: number;
  /** Scores per client. Default: 4. */
  scores?: number;
  /** Receives each row of the result. */
  row: (name: string, value: string) => void;
}

interface Reply {
  status: number;
  body: string;
  ms: number;
}

type Call = (method: string, path: string, body?: unknown) => Promise<Reply>;

/** Runs the load. @throws Error if a confirmed write cannot be read afterwards */
export async function measureCloud(options: CloudLoadOptions): Promise<void> {
  const { clients = 200, calls = 30, scorers = 50, scores = 4, row } = options;
  const child = fork(path.join(__dirname, "server.js"), { execArgv: ["--expose-gc"] });
  try {
    const target = await answerOf<LoadTarget>(child);
    row("start of the cloud", `${target.startMs.toFixed(0)} ms`);
    const agent = new https.Agent({
      keepAlive: true,
      maxSockets: clients,
      secureContext: tls.createSecureContext({ ca: target.ca }),
    });
    const send = sender(target, agent);
    const before = await ask<Memory>(child, "memory");

    const first = await timed(clients, 1, () => send("GET", target.group));
    report(row, `${clients} clients, first call with connection`, first);
    const kept = new Map<string, string>();
    const mixed = await timed(clients, calls, (client, call) => mixedCall(send, target, kept, client, call));
    report(row, `${clients} clients, mixed calls`, mixed);
    await requireAll(send, kept);
    row("writes confirmed and found again", `${kept.size} of ${kept.size}`);

    if (target.scoring) {
      const { url, key } = target.scoring;
      const scored = await timed(scorers, scores, () => score(agent, url, key));
      report(row, `${scorers} clients, scoring`, scored);
    }
    const after = await ask<Memory>(child, "memory");
    row(
      "resident memory, before and after",
      `${megabytes(before.rssBytes)} → ${megabytes(after.rssBytes)} MiB`,
    );
    row(
      "heap after collection, before and after",
      `${megabytes(before.heapBytes)} → ${megabytes(after.heapBytes)} MiB`,
    );
    agent.destroy();
  } finally {
    if (child.connected) child.send("stop");
    await new Promise<void>((resolve) =>
      child.exitCode === null ? child.once("exit", () => resolve()) : resolve(),
    );
  }
}

/** The calls of one control-plane client, in turns: create, read, list, tag, delete. */
function mixedCall(
  send: Call,
  { group, workspace }: LoadTarget,
  kept: Map<string, string>,
  client: number,
  call: number,
): Promise<Reply> {
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-${client}-${Math.floor(call / 6)}`;
  const environment = `${workspace}/environments/env-${client}/versions/${Math.floor(call / 6) + 1}`;
  const confirmed = async (id: string, body: { tags?: object; properties?: object }): Promise<Reply> => {
    const reply = await send("PUT", id, body);
    if (reply.status < 300) kept.set(id, JSON.stringify(body));
    return reply;
  };
  switch (call % 6) {
    case 0:
      return confirmed(identity, { location: "westeurope", tags: { client: String(client) } } as {
        tags: object;
      });
    case 1:
      return send("GET", identity);
    case 2:
      return confirmed(environment, {
        properties: { image: `image:${client}`, tags: { call: String(call) } },
      });
    case 3:
      return send("GET", `${workspace}/environments/env-${client}/versions`);
    case 4:
      return send("GET", workspace);
    default:
      return send("GET", `${group}/resources`);
  }
}

/** Checks that every confirmed write can be read as it was sent. */
async function requireAll(send: Call, kept: Map<string, string>): Promise<void> {
  for (const [id, sent] of kept) {
    const { status, body } = await send("GET", id);
    const found = (status === 200 ? JSON.parse(body) : {}) as {
      tags?: object;
      properties?: { tags?: object };
    };
    const expected = JSON.parse(sent) as typeof found;
    const same =
      JSON.stringify(found.tags ?? found.properties?.tags) ===
      JSON.stringify(expected.tags ?? expected.properties?.tags);
    if (!same)
      throw new Error(
        `${id} was confirmed, but cannot be read as it was sent: ${status} ${body.slice(0, 200)}`,
      );
  }
}

function score(agent: https.Agent, url: string, key: string): Promise<Reply> {
  const body = {
    input_data: {
      input_string: [[{ role: "user", content: "What is the capital of France?" }]],
      parameters: { max_new_tokens: 8, do_sample: false },
    },
  };
  return request(agent, "POST", new URL(url), key, body);
}

function sender(target: LoadTarget, agent: https.Agent): Call {
  return (method, id, body) =>
    request(agent, method, new URL(target.baseUrl + armPath(id)), target.token, body);
}

function request(
  agent: https.Agent,
  method: string,
  url: URL,
  token: string,
  body?: unknown,
): Promise<Reply> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(payload ? { "content-type": "application/json", "content-length": Buffer.byteLength(payload) } : {}),
  };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = https.request(url, { method, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(parts).toString("utf8"),
          ms: performance.now() - started,
        }),
      );
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(payload);
  });
}

interface Timed {
  /** Milliseconds of each call, sorted. */
  times: number[];
  errors: Map<string, number>;
  seconds: number;
}

async function timed(
  clients: number,
  calls: number,
  call: (client: number, call: number) => Promise<Reply>,
): Promise<Timed> {
  const times: number[] = [];
  const errors = new Map<string, number>();
  const count = (what: string): void => void errors.set(what, (errors.get(what) ?? 0) + 1);
  const started = performance.now();
  const client = async (_: unknown, index: number): Promise<void> => {
    for (let turn = 0; turn < calls; turn++) {
      try {
        const { status, ms } = await call(index, turn);
        times.push(ms);
        if (status >= 400) count(String(status));
      } catch (error) {
        count((error as NodeJS.ErrnoException).code ?? String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { times: times.sort((a, b) => a - b), errors, seconds: (performance.now() - started) / 1000 };
}

function report(row: CloudLoadOptions["row"], name: string, { times, errors, seconds }: Timed): void {
  const at = (share: number): string =>
    `${(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0)} ms`;
  row(name, `${times.length} calls, ${(times.length / seconds).toFixed(0)}/s`);
  row("  p50 / p99 / longest", `${at(0.5)} / ${at(0.99)} / ${at(1)}`);
  const wrong = [...errors].map(([what, count]) => `${count} × ${what}`).join(", ");
  row("  errors", wrong || "none");
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function ask<T>(child: ChildProcess, question: string): Promise<T> {
  const answer = answerOf<T>(child);
  child.send(question);
  return answer;
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`the cloud ended with code ${code} before it answered`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as T);
    });
  });
}
