/**
 * The cloud's own routes: status, inventory, stop. They require a token as ARM does, and are not counted as
 * requests.
 */
import type { FastifyInstance } from "fastify";
import type { Core } from "./core";
import { type Inventory, countByType, runningJobs, takeInventory } from "./inventory";
import { nodeCount } from "./ml/nodes";
import type { RequestCounters } from "./requestLog";
import { accepts } from "./strict/declaration";

export interface CloudStatus {
  pid: number;
  startedAt: string;
  uptimeSeconds: number;
  profile: string;
  ports: { https: number; identity: number; blobs: number };
  home: string;
  resources: Record<string, number>;
  operations: Array<{ kind: string; resourceId: string; startTime: string }>;
  runningJobs: Array<{ name: string; status: string }>;
  requests: RequestCounters & { blobs: RequestCounters };
}

interface ControlOptions {
  requests: RequestCounters;
  onStop: () => void;
}

/** The cloud must not stop by itself while `busy` (a job or an operation runs). */
export function registerControl(
  app: FastifyInstance,
  core: Core,
  { requests, onStop }: ControlOptions,
): { busy(): boolean } {
  const startedAt = new Date();
  app.get("/local/status", accepts("status of the local cloud"), (): CloudStatus => ({
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    uptimeSeconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    profile: core.clock.profile,
    ports: { https: core.port, identity: core.identityPort, blobs: core.azurite.port },
    home: core.home,
    resources: countByType(core),
    operations: core.lro.running(),
    runningJobs: runningJobs(core).map(({ name, properties }) => ({
      name,
      status: String(properties["status"]),
    })),
    requests: {
      total: requests.total + core.azurite.counters.total,
      writes: requests.writes + core.azurite.counters.writes,
      blobs: { ...core.azurite.counters },
    },
  }));
  app.get("/local/inventory", accepts("resources, jobs and nodes of the local cloud"), (): Inventory =>
    takeInventory(core, (id) => nodeCount(core, id)),
  );
  app.post("/local/stop", accepts("stop the local cloud"), (_request, reply) => {
    core.log("cloud", "stop requested");
    reply.raw.on("finish", () => setImmediate(onStop));
    return reply.code(202).send({ stopping: true });
  });
  return { busy: () => core.lro.running().length > 0 || runningJobs(core).length > 0 };
}
