import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { ArmError } from "./armError";
import type { ArmResources, LongRunning, Store } from "./cloud";
import type { VirtualClock } from "./clock";
import { LOCAL_SUBSCRIPTION_ID } from "./constants";
import { errorBody } from "./errors";
import type { Fault } from "./faults/fault";
import { type Faults, faultError } from "./faults/faults";
import { typeOfId } from "./resources";
import { pollAfterMs, retryAfter } from "./retryAfter";
import { accepts } from "./strict/declaration";

const COLLECTION = "operations";
const API_VERSION = "2024-04-01";
/** Ended operations are deleted after a day, as in ARM. */
const KEEP_MS = 24 * 3600 * 1000;

type Status = "InProgress" | "Succeeded" | "Failed";
type Work = (signal: AbortSignal) => Promise<void>;

interface Operation {
  id: string;
  resourceId: string;
  kind: string;
  status: Status;
  startTime: string;
  endTime?: string;
  error?: { code: string; message: string; details?: unknown };
}

export interface Operations extends LongRunning {
  /** Resumes the operations that a stop interrupted; called once, after every part has registered. */
  resumeAll(): void;
  running(): Array<{ kind: string; resourceId: string; startTime: string }>;
  close(): Promise<void>;
}

interface OperationsOptions {
  store: Store;
  resources: ArmResources;
  baseUrl: string;
  clock: VirtualClock;
  faults: Faults;
  log: (area: string, message: string) => void;
}

export function createOperations(options: OperationsOptions): Operations {
  const { store, resources, baseUrl, clock, faults, log } = options;
  const stop = new AbortController();
  const active = new Map<string, { operation: Operation; done: Promise<void> }>();
  const continuations = new Map<string, (resourceId: string, signal: AbortSignal) => Promise<void>>();

  function finish(operation: Operation, error?: unknown): void {
    const endTime = clock.now().toISOString();
    if (error === undefined) {
      store.put(COLLECTION, operation.id, { ...operation, status: "Succeeded", endTime });
      return;
    }
    const failure = errorBody(error).error;
    store.put(COLLECTION, operation.id, { ...operation, status: "Failed", endTime, error: failure });
    log("lro", `${operation.kind} ${operation.resourceId} failed: ${failure.code}: ${failure.message}`);
    const resource = resources.get(operation.resourceId);
    if (resource) {
      resources.put({ ...resource, properties: { ...resource.properties, provisioningState: "Failed" } });
    }
  }

  async function run(operation: Operation, work: Work): Promise<void> {
    // First send the answer that shows the state before the work.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await work(stop.signal);
      finish(operation);
    } catch (error) {
      if (!stop.signal.aborted) finish(operation, error);
    } finally {
      active.delete(operation.id);
    }
  }

  const failing =
    (fault: Fault): Work =>
    async (signal) => {
      await clock.latency("operation.fail", signal);
      throw faultError(fault, 500, "InternalServerError", "The operation failed.");
    };

  return {
    start(resourceId, kind, work, style = "async") {
      stop.signal.throwIfAborted();
      const startTime = clock.now().toISOString();
      const fault = style === "none" ? undefined : faults.starting;
      const operation: Operation = { id: randomUUID(), resourceId, kind, status: "InProgress", startTime };
      store.put(COLLECTION, operation.id, operation);
      active.set(operation.id, { operation, done: run(operation, fault ? failing(fault) : work) });
      return style === "none"
        ? {}
        : { ...pollHeaders(baseUrl, operation, style), ...retryAfter(pollAfterMs(clock)) };
    },
    retryHeaders(resourceId) {
      const isAt = [...active.values()].some(({ operation }) => operation.resourceId === resourceId);
      return isAt ? retryAfter(pollAfterMs(clock)) : {};
    },
    resume: (kind, continueWork) => void continuations.set(kind, continueWork),
    resumeAll() {
      for (const [, operation] of store.list<Operation>(COLLECTION)) {
        if (operation.status !== "InProgress") {
          if (clock.now().getTime() - Date.parse(operation.endTime ?? "") > KEEP_MS)
            store.delete(COLLECTION, operation.id);
          continue;
        }
        const continueWork = continuations.get(operation.kind);
        if (continueWork) {
          log("lro", `resuming ${operation.kind} ${operation.resourceId} after a restart`);
          const done = run(operation, (signal) => continueWork(operation.resourceId, signal));
          active.set(operation.id, { operation, done });
        } else {
          finish(operation, interrupted(operation));
        }
      }
    },
    running: () =>
      [...active.values()].map(({ operation: { kind, resourceId, startTime } }) => ({
        kind,
        resourceId,
        startTime,
      })),
    async close() {
      stop.abort(new Error("the local cloud is stopping"));
      await Promise.all([...active.values()].map(({ done }) => done));
    },
  };
}

function interrupted(operation: Operation): ArmError {
  const message = `The local cloud was stopped during '${operation.kind}'. Send the request again.`;
  return new ArmError(500, "OperationInterrupted", message);
}

/** Azure ML's prefixes of the path segments that clients poll. */
const ML_AREAS = ["mfe", "compute", "workspace"];

function segments(resourceId: string): { status: string; result: string } {
  const type = typeOfId(resourceId).toLowerCase();
  if (type.startsWith("microsoft.machinelearningservices/")) {
    const area = /\/computes$/.test(type) ? "compute" : /\/workspaces$/.test(type) ? "workspace" : "mfe";
    return { status: `${area}OperationsStatus`, result: `${area}OperationResults` };
  }
  return { status: "operationStatuses", result: "operationResults" };
}

function pollHeaders(
  baseUrl: string,
  operation: Operation,
  style: "async" | "location",
): Record<string, string> {
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(operation.resourceId)?.[1] ?? LOCAL_SUBSCRIPTION_ID;
  const namespace = typeOfId(operation.resourceId).split("/")[0];
  const root = `${baseUrl}/subscriptions/${subscription}/providers/${namespace}/locations/local`;
  const { status, result } = segments(operation.resourceId);
  const query = `?api-version=${API_VERSION}`;
  return {
    location: `${root}/${result}/${operation.id}${query}`,
    ...(style === "async" ? { "azure-asyncoperation": `${root}/${status}/${operation.id}${query}` } : {}),
    "x-ms-async-operation-timeout": "PT1H",
  };
}

/** The JavaScript client repeats an operation's own query parameters when it polls. */
const POLL = accepts("status or result of a long-running operation", {
  query: ["t", "c", "s", "h", "service", "underlyingResourceAction", "forceToPurge"],
});

interface OperationRoutes {
  baseUrl: string;
  store: Store;
  resources: ArmResources;
  clock: VirtualClock;
  present: (id: string) => unknown;
}

/**
 * The two routes that clients poll: `…OperationsStatus/{id}` (a document) and `…OperationResults/{id}` (202
 * until done).
 */
export function registerOperationRoutes(
  app: FastifyInstance,
  { baseUrl, store, resources, clock, present }: OperationRoutes,
): void {
  const find = (id: string): Operation => {
    const operation = store.get<Operation>(COLLECTION, id);
    if (!operation)
      throw new ArmError(
        404,
        "NotFound",
        `Operation '${id}' was not found: it never existed or ended long ago.`,
      );
    return operation;
  };
  const names = ["operationStatuses", ...ML_AREAS.map((area) => `${area}OperationsStatus`)];
  const results = ["operationResults", ...ML_AREAS.map((area) => `${area}OperationResults`)];
  const root = "/subscriptions/:subscriptionId/providers/:namespace/locations/:location";
  for (const name of names) {
    app.get<{ Params: { id: string } }>(`${root}/${name}/:id`, POLL, (request, reply) => {
      const { id, status, startTime, endTime, error } = find(request.params.id);
      if (status === "InProgress") void reply.headers(retryAfter(pollAfterMs(clock)));
      const progress = status === "InProgress" ? { percentComplete: 50 } : { endTime, percentComplete: 100 };
      return {
        id: request.url.split("?")[0],
        name: id,
        status,
        startTime,
        ...progress,
        ...(error ? { error } : {}),
      };
    });
  }
  for (const name of results) {
    app.get<{ Params: { id: string } }>(`${root}/${name}/:id`, POLL, (request, reply) => {
      const operation = find(request.params.id);
      if (operation.status === "InProgress") {
        return (
          reply
            .code(202)
            // Absolute: a client of a registry would look for a relative one below the registry's own address.
            .headers({ location: `${baseUrl}${request.url}`, ...retryAfter(pollAfterMs(clock)) })
            .send()
        );
      }
      return answerResult(reply, operation, resources, present);
    });
  }
}

function answerResult(
  reply: FastifyReply,
  operation: Operation,
  resources: ArmResources,
  present: (id: string) => unknown,
): unknown {
  if (operation.error) {
    throw new ArmError(409, operation.error.code, operation.error.message);
  }
  if (resources.get(operation.resourceId)) return reply.send(present(operation.resourceId));
  return reply.code(204).send();
}
