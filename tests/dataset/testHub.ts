import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { serveHub } from "../../local/cloud/hub/hub";
import { publishRepository, type Publication } from "../../local/cloud/hub/publish";
import { openHubStorage, type HubStorage, type Repository } from "../../local/cloud/hub/storage";
import type { Conversation } from "../../local/data/conversations";
import { datasetFiles } from "../../local/data/dataset";
import { main, type Tuning } from "../../dataset/cli";

/** A request that the hub received. */
export interface SeenRequest {
  method: string;
  url: string;
  range: string | undefined;
  authorization: string | undefined;
}

/** A hub on a free port over http, with its own temporary directory. */
export interface TestHub {
  endpoint: string;
  storage: HubStorage;
  /** Temporary directory for downloads. */
  directory: string;
  requests: SeenRequest[];
  /** Called for each request. It simulates a fault by answering the request itself and returning true. */
  fault: ((request: FastifyRequest, reply: FastifyReply) => boolean | Promise<boolean>) | undefined;
  publish(publication: Publication): Promise<Repository>;
  close(): Promise<void>;
}

export async function startTestHub(): Promise<TestHub> {
  const directory = await mkdtemp(join(tmpdir(), "hub-"));
  const storage = openHubStorage(join(directory, "hub"));
  const app = Fastify();
  const address = { baseUrl: "", log: () => undefined };
  const hub: TestHub = {
    endpoint: "",
    storage,
    directory,
    requests: [],
    fault: undefined,
    publish: (publication) => publishRepository(storage, publication),
    async close() {
      await app.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  app.addHook("onRequest", async (request, reply) => {
    const { range, authorization } = request.headers;
    hub.requests.push({ method: request.method, url: request.url, range, authorization });
    if (await hub.fault?.(request, reply)) return reply;
    return undefined;
  });
  serveHub(app, address, storage, () => Promise.resolve());
  address.baseUrl = await app.listen({ port: 0, host: "127.0.0.1" });
  hub.endpoint = `${address.baseUrl}/hub`;
  return hub;
}

/** A valid row whose text contains its position. */
export function row(split: string, index: number, change: Record<string, unknown> = {}): Conversation {
  const prompt = `Question ${index} of ${split}: è, 漢, "quoted"?`;
  return {
    prompt,
    prompt_id: createHash("sha256").update(prompt).digest("hex"),
    messages: [
      { content: prompt, role: "user" },
      { content: `Answer ${index}.\nSecond line.`, role: "assistant" },
    ],
    ...change,
  };
}

export function rowsOf(split: string, count: number): Conversation[] {
  return Array.from({ length: count }, (_, index) => row(split, index));
}

/** Files of a data set in the layout of the original: 500 rows per row group. */
export function chatFiles(
  splits: Record<string, Conversation[]>,
  shards = 1,
): AsyncIterable<{ path: string; bytes: Buffer }> {
  return datasetFiles(Object.entries(splits).map(([name, rows]) => ({ name, rows, shards })));
}

/** Output and exit code of a run. */
export interface Run {
  code: number;
  out: string;
  err: string;
}

/** Runs the command in this process against a hub, with short waits. */
export async function run(
  hub: Pick<TestHub, "endpoint" | "directory">,
  args: string[],
  { env = {}, signal, ...tuning }: Tuning & { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<Run> {
  let out = "";
  let err = "";
  const code = await main(
    args,
    {
      env: { HF_ENDPOINT: hub.endpoint, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1", ...env },
      cwd: hub.directory,
      out: (text) => (out += text),
      err: (text) => (err += text),
      signal,
    },
    { backoffMs: 1, attempts: 3, ...tuning },
  );
  return { code, out, err };
}
