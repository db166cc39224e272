import * as path from "node:path";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import { errorText } from "../../azureml/errors";
import { redact } from "../../azureml/http/redact";
import { type Access, createAccess } from "./access";
import { askEndpoint, chatQuestion } from "./chat";
import { createLive, type Live, type Reading } from "./live";
import { pageFiles } from "./pageFiles";
import type { CloudControls, StudioPlace } from "./place";
import { readCost } from "./views/cost";
import { readData, readFirstRows } from "./views/data";
import { readEndpoints } from "./views/endpoints";
import { readJob, readJobs } from "./views/jobs";
import { readModels } from "./views/models";
import { readOverview } from "./views/overview";

export interface StudioOptions {
  place: StudioPlace;
  /** Present for an emulated cloud only. */
  controls?: CloudControls;
  /** 0 takes a free one. */
  port: number;
  /** Pause between two readings of a view in ms. */
  everyMs: number;
  /** Default: the compiled page beside this module. */
  pageFolder?: string;
  /** Called after the printed address was opened: it is good for one browser. */
  onOpened(nextAddress: string): void;
}

export interface Studio {
  port: number;
  /** Opens the page once. */
  address: string;
  close(): Promise<void>;
}

/** No script or style but the page's own files, no frame, no form, no other server. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const headers = {
  "content-security-policy": contentPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

const loopback = "127.0.0.1";

/**
 * Starts the studio on 127.0.0.1. It calls Azure with the identity of the person who starts it; the page gets parsed answers, and no
 * token or key.
 * @throws the system's error if the port is in use
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  const live = createLive(options.everyMs);
  // The port is known once the server listens, and nothing is answered before.
  let access: Access | undefined;
  const known = (): Access => (access ??= createAccess(port()));
  const address = (): string => `http://${loopback}:${port()}/open?token=${known().oneTimeToken()}`;
  const port = (): number => {
    const found = app.server.address();
    return typeof found === "object" && found ? found.port : options.port;
  };
  guard(app, known, () => options.onOpened(address()));
  servePage(app, options);
  serveViews(app, live, options);
  serveActions(app, live, options);
  await app.listen({ host: loopback, port: options.port });
  return {
    port: port(),
    address: address(),
    close: async () => {
      live.close();
      await app.close();
    },
  };
}

/** Refuses every request that does not come from the studio's own page in a browser that was let in. */
function guard(app: FastifyInstance, access: () => Access, onOpened: () => void): void {
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers(headers);
    const refusal = access().refusal(request);
    if (refusal !== undefined) return refuse(reply, 403, refusal);
    if (request.routeOptions.url === "/open" || access().hasSession(request)) return;
    return refuse(
      reply,
      401,
      "Open the address that `npm run studio` has printed. It is good for one browser.",
    );
  });
  app.get<{ Querystring: { token?: string } }>("/open", async (request, reply) => {
    const session = access().exchange(request.query.token ?? "");
    if (session === undefined) {
      if (access().hasSession(request)) return reply.redirect("/", 303);
      return refuse(reply, 401, "This address was used before. `npm run studio` has printed a new one.");
    }
    onOpened();
    return reply.header("set-cookie", access().cookie(session)).redirect("/", 303);
  });
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: unknown }).statusCode;
    return refuse(reply, typeof status === "number" ? status : 502, redact(errorText(error)));
  });
}

/** JSON for the page, text for the address bar. */
const refuse = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  /\btext\/html\b/.test(reply.request.headers.accept ?? "")
    ? reply.code(status).type("text/plain; charset=utf-8").send(message)
    : reply.code(status).send({ message });

function servePage(app: FastifyInstance, { place, controls, pageFolder }: StudioOptions): void {
  for (const [address, { type, text }] of pageFiles(pageFolder ?? path.join(__dirname, "page")))
    app.get(address, (_request, reply) => reply.type(type).send(text));
  app.get("/api/about", () => ({
    stack: place.stack,
    ...place.workspace,
    hasControls: controls !== undefined,
  }));
}

const named = z.object({ name: z.string().min(1) });
const limited = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) });

/** Each view is a stream of server-sent events: its data now, and again whenever they change. */
function serveViews(app: FastifyInstance, live: Live, { place, controls }: StudioOptions): void {
  const view = (name: string, read: (request: FastifyRequest) => Promise<Reading>): void => {
    app.get(`/live/${name}`, (request, reply) => {
      reply.hijack();
      // What fastify would have sent with its own answer.
      reply.raw.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
      const stop = live.follow(
        request.url,
        () => read(request),
        ({ name, json }) => {
          reply.raw.write(`event: ${name}\ndata: ${json}\n\n`);
        },
      );
      request.raw.on("close", stop);
    });
  };
  view("overview", () => readOverview(place));
  view("jobs", ({ query }) => readJobs(place, limited.parse(query).limit));
  view("jobs/:name", ({ params }) => readJob(place, named.parse(params).name));
  view("models", () => readModels(place));
  view("data", () => readData(place));
  view("endpoints", () => readEndpoints(place));
  view("cost", () => readCost(place));
  if (controls) view("cloud", async () => ({ data: await controls.state() }));
}

const versionName = z.object({ name: z.string().min(1), version: z.string().min(1) });

/** What a person requests with a button. */
function serveActions(app: FastifyInstance, live: Live, { place, controls }: StudioOptions): void {
  app.post("/api/ask", async ({ body }, reply) => {
    const question = chatQuestion.safeParse(body);
    if (!question.success) return refuse(reply, 400, z.prettifyError(question.error));
    return askEndpoint(place, question.data);
  });
  // A POST, although it only reads: no address in a page or a history leads to rows.
  app.post("/api/rows", async ({ body }, reply) => {
    const wanted = versionName.safeParse(body);
    if (!wanted.success) return refuse(reply, 400, z.prettifyError(wanted.error));
    return { rows: await readFirstRows(place, wanted.data.name, wanted.data.version) };
  });
  if (!controls) return;
  for (const what of ["clock", "faults"] as const) {
    app.post(`/api/cloud/${what}`, async ({ body }) => {
      await controls.change(what, body as Record<string, unknown>);
      live.refresh();
      return {};
    });
  }
  app.post("/api/cloud/clear", async ({ body }) => {
    await controls.clearFault(z.object({ id: z.number() }).parse(body).id);
    live.refresh();
    return {};
  });
}
