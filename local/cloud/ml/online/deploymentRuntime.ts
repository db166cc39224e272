import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  TrainerError,
  type ChatModel,
  type ChatTurn,
  type GenerationParameters,
  type LoadChatModel,
} from "../../../trainer/contract";
import { ArmError } from "../../armError";
import type { BlobPath, Cloud } from "../../cloud";
import type { LogFiles } from "../../history/logFiles";
import { createSlots, type SlotLimits, type Slots } from "../../scoring/slots";

export interface DeploymentPlan {
  id: string;
  workspaceId: string;
  model: BlobPath;
  modelId: string;
  instances: number;
  limits: SlotLimits;
}

/** Serves deployments: loads a copy of the model folder in one thread per instance. */
export interface DeploymentRuntime {
  /** Loads and queries a new model before it closes the old one. @throws ArmError `ResourceNotReady` */
  apply(plan: DeploymentPlan): Promise<void>;
  /** Whether the deployment's model is loaded. It is not loaded right after the cloud's start. */
  isLoaded(id: string): boolean;
  /** Kills a container. A deployment with one instance answers nothing until `apply` has started it again. */
  kill(id: string): void;
  /** Loads the model after a restart of the cloud. @throws ArmError 503 while the container is killed */
  ready(plan: DeploymentPlan): Promise<void>;
  /** Waits for a free slot and generates an answer. @throws TooManyRequests, or the model's own error */
  generate(
    plan: DeploymentPlan,
    messages: ChatTurn[],
    parameters: GenerationParameters,
    signal: AbortSignal,
  ): Promise<string>;
  remove(id: string, workspaceId: string): Promise<void>;
  log(workspaceId: string, id: string, line: string): void;
  readLog(workspaceId: string, id: string): string;
}

/** Most threads per deployment. The machine has few cores, and one thread answers many requests. */
const MAX_THREADS = 2;
const LOG_FILE = "user_logs/inference_server.txt";
const PROBE: ChatTurn[] = [{ role: "user", content: "Hello!" }];

interface Serving {
  modelId: string;
  folder: string;
  threads: ChatModel[];
  next: number;
}

export function createDeploymentRuntime(
  cloud: Cloud,
  logs: LogFiles,
  loadChatModel: LoadChatModel,
): DeploymentRuntime {
  const serving = new Map<string, Serving>();
  const killed = new Set<string>();
  const slots = new Map<string, Slots>();
  const applying = new Map<string, Promise<void>>();
  const log = (workspaceId: string, id: string, line: string): void =>
    logs.append(workspaceId, logFolder(id), LOG_FILE, `${cloud.clock.now().toISOString()} ${line}`);

  const loadThread = async (plan: DeploymentPlan, folder: string): Promise<ChatModel> => {
    const model = await loadChatModel(folder);
    const { newTokens } = await model.generate(PROBE, { maxNewTokens: 1 });
    log(plan.workspaceId, plan.id, `Readiness probe: ok (${newTokens} token)`);
    return model;
  };

  const change = async (plan: DeploymentPlan): Promise<void> => {
    const key = plan.id.toLowerCase();
    const before = serving.get(key);
    const [dead] = before?.threads ?? [];
    if (killed.delete(key) && before && dead) discard(serving, key, before, dead);
    const now = serving.get(key);
    const threadCount = Math.max(1, Math.min(plan.instances, MAX_THREADS));
    if (now && now.modelId === plan.modelId) {
      while (now.threads.length < threadCount) now.threads.push(await loadThread(plan, now.folder));
      for (const surplus of now.threads.splice(threadCount)) void closeQuietly(surplus);
      return;
    }
    // Remove files of an earlier run of the cloud.
    if (!now) fs.rmSync(modelsFolder(cloud, plan.id, plan.workspaceId), { recursive: true, force: true });
    const folder = await downloadModel(cloud, plan);
    const threads: ChatModel[] = [];
    while (threads.length < threadCount) threads.push(await loadThread(plan, folder));
    serving.set(key, { modelId: plan.modelId, folder, threads, next: 0 });
    log(plan.workspaceId, plan.id, `Serving ${plan.modelId} with ${plan.instances} instance(s)`);
    for (const old of now?.threads ?? []) void closeQuietly(old);
    if (now) fs.rmSync(now.folder, { recursive: true, force: true });
  };

  const runtime: DeploymentRuntime = {
    apply: (plan) => {
      const key = plan.id.toLowerCase();
      const before = applying.get(key) ?? Promise.resolve();
      const done = before
        .catch(() => undefined)
        .then(async () => {
          try {
            await change(plan);
          } catch (error) {
            throw notReady(error, (line) => log(plan.workspaceId, plan.id, line));
          }
        });
      applying.set(key, done);
      return done;
    },
    isLoaded: (id) => serving.has(id.toLowerCase()),
    kill: (id) => void killed.add(id.toLowerCase()),
    ready: async (plan) => {
      if (plan.instances === 1 && killed.has(plan.id.toLowerCase())) {
        throw new ArmError(503, "ServiceUnavailable", "The container is restarting. Try again later.");
      }
      if (!serving.has(plan.id.toLowerCase())) await runtime.apply(plan);
    },
    generate: async (plan, messages, parameters, signal) => {
      const key = plan.id.toLowerCase();
      const queue = slots.get(key) ?? createSlots();
      slots.set(key, queue);
      const leave = await queue.enter(plan.limits, signal);
      try {
        await runtime.ready(plan);
        const now = serving.get(key);
        const thread = now?.threads[now.next++ % now.threads.length];
        if (!now || !thread) throw new Error("The deployment has been removed.");
        return await answer(thread, messages, parameters, () => discard(serving, key, now, thread));
      } finally {
        leave();
      }
    },
    remove: async (id, workspaceId) => {
      const key = id.toLowerCase();
      await applying.get(key)?.catch(() => undefined);
      for (const state of [killed, slots, applying]) state.delete(key);
      const now = serving.get(key);
      serving.delete(key);
      for (const thread of now?.threads ?? []) await closeQuietly(thread);
      fs.rmSync(modelsFolder(cloud, id, workspaceId), { recursive: true, force: true });
      logs.clear(workspaceId, logFolder(id));
    },
    log,
    readLog: (workspaceId, id) => logs.read(workspaceId, logFolder(id), LOG_FILE),
  };
  cloud.onClose(async () => {
    for (const { threads } of serving.values()) for (const thread of threads) await closeQuietly(thread);
    serving.clear();
  });
  return runtime;
}

async function answer(
  thread: ChatModel,
  messages: ChatTurn[],
  parameters: GenerationParameters,
  onCrash: () => void,
): Promise<string> {
  try {
    return (await thread.generate(messages, parameters)).text;
  } catch (error) {
    if (!(error instanceof TrainerError)) onCrash();
    throw error;
  }
}

/** Drops a thread that has crashed or whose container is killed. */
function discard(serving: Map<string, Serving>, key: string, now: Serving, thread: ChatModel): void {
  now.threads = now.threads.filter((other) => other !== thread);
  if (now.threads.length === 0 && serving.get(key) === now) serving.delete(key);
  void closeQuietly(thread);
}

async function closeQuietly(model: ChatModel): Promise<void> {
  await model.close().catch(() => undefined);
}

/** Each download goes to its own folder: the model in use stays until the new one is ready. */
async function downloadModel(cloud: Cloud, plan: DeploymentPlan): Promise<string> {
  const folder = path.join(modelsFolder(cloud, plan.id, plan.workspaceId), randomUUID());
  const files = await cloud.blobs.downloadTo(plan.model, folder);
  if (files.length > 0) return folder;
  const { account, container, path: prefix } = plan.model;
  throw new TrainerError(
    "InvalidModel",
    `Container ${container} of account ${account} has no files at ${prefix}.`,
  );
}

function modelsFolder(cloud: Cloud, id: string, workspaceId: string): string {
  return path.join(cloud.home, "models", workspaceId, logFolder(id));
}

/** Deployment names are unique per endpoint, endpoint names per region. */
function logFolder(id: string): string {
  const match = /\/onlineEndpoints\/([^/]+)\/deployments\/([^/]+)$/i.exec(id);
  return `${match?.[1] ?? "endpoint"}.${match?.[2] ?? "deployment"}`.toLowerCase();
}

function notReady(error: unknown, log: (line: string) => void): ArmError {
  const reason = error instanceof Error ? error.message : String(error);
  log(`ERROR ${reason}`);
  const message = `User container has crashed or terminated: ${reason} Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready`;
  return new ArmError(400, "ResourceNotReady", message, {}, { cause: error });
}
