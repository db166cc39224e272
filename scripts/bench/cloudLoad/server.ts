/** The process under load: a local cloud with a workspace and a served model, in a temporary directory. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readdirSync } from "node:fs";
import type { Core } from "../../../local/cloud/core";
import { LOCAL_SUBSCRIPTION_ID } from "../../../local/cloud/constants";
import { createCloud } from "../../../local/cloud/server";
import { projectRoot } from "../../lib/localStack";
import { armPath } from "./address";

/** The message to the parent when the process is ready. */
export interface LoadTarget {
  baseUrl: string;
  ca: string;
  token: string;
  /** Path of the resource group that contains everything. */
  group: string;
  workspace: string;
  scoring?: { url: string; key: string };
  startMs: number;
}

export type LoadQuestion = "memory" | "stop";

export interface Memory {
  rssBytes: number;
  heapBytes: number;
}

const location = "westeurope";
const group = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/load`;
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/load-ws`;

async function main(): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), "azureml-cloud-load-"));
  const started = performance.now();
  const running = await createCloud({ home, port: 0, profile: "instant" });
  const startMs = performance.now() - started;
  const core = running.cloud as Core;
  const token = core.issueToken("https://management.azure.com", 4 * 3600);
  const put = async (id: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await running.app.inject({
      method: "PUT",
      url: armPath(id),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      payload: JSON.stringify(body),
    });
    if (answer.statusCode >= 400) throw new Error(`${id}: ${answer.body}`);
    while (core.lro.running().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return core.resources.get(id)?.properties ?? {};
  };
  await put(group, { location });
  const storageAccount = `${group}/providers/Microsoft.Storage/storageAccounts/loadstore`;
  const keyVault = `${group}/providers/Microsoft.KeyVault/vaults/load-vault`;
  await put(storageAccount, { location, kind: "StorageV2", sku: { name: "Standard_LRS" } });
  await put(keyVault, { location, properties: { sku: { family: "A", name: "standard" } } });
  const properties = { storageAccount, keyVault };
  await put(workspace, { location, identity: { type: "SystemAssigned" }, properties });
  const scoring = await serveModel(core, put);
  const target: LoadTarget = {
    baseUrl: core.baseUrl,
    ca: readFileSync(running.caFile, "utf8"),
    token,
    group,
    workspace,
    scoring,
    startMs,
  };
  process.on("message", (question: LoadQuestion) => {
    if (question === "memory") {
      (globalThis as { gc?: () => void }).gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      process.send?.({ rssBytes: rss, heapBytes: heapUsed } satisfies Memory);
      return;
    }
    void running.close().finally(() => {
      rmSync(home, { recursive: true, force: true });
      process.exit(0);
    });
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(target);
}

/** Registers and deploys the base model as if it were a fine-tuned one. */
async function serveModel(
  core: Core,
  put: (id: string, body: object) => Promise<Record<string, unknown>>,
): Promise<LoadTarget["scoring"]> {
  const base = path.join(projectRoot, "local", "trainer", "base");
  const store = core.resources.get(`${workspace}/datastores/workspaceblobstore`)?.properties ?? {};
  const folder = {
    account: String(store["accountName"]),
    container: String(store["containerName"]),
    path: "base",
  };
  if (!readdirSync(base).includes("model.safetensors")) return undefined;
  await core.blobs.uploadFrom(base, folder);
  await core.blobs.putText(
    { ...folder, path: "base/MLmodel" },
    "flavors:\n  small_chat_lm:\n    task: chat-completion\n",
  );
  const model = `${workspace}/models/base/versions/1`;
  const modelUri = "azureml://datastores/workspaceblobstore/paths/base";
  await put(model, { properties: { modelType: "mlflow_model", modelUri } });
  const endpoint = `${workspace}/onlineEndpoints/load-endpoint`;
  await put(endpoint, { location, properties: { authMode: "Key" } });
  await put(`${endpoint}/deployments/blue`, {
    location,
    sku: { name: "Default", capacity: 2 },
    properties: {
      endpointComputeType: "Managed",
      model,
      instanceType: "Standard_NC4as_T4_v3",
      requestSettings: { requestTimeout: "PT3M", maxConcurrentRequestsPerInstance: 25 },
    },
  });
  await put(endpoint, { location, properties: { authMode: "Key", traffic: { blue: 100 } } });
  const { primaryKey } = (core.resources.get(endpoint)?.hidden?.["keys"] ?? {}) as { primaryKey?: string };
  return { url: `${core.baseUrl}/endpoints/${location}/load-endpoint/score`, key: primaryKey ?? "" };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
