/**
 * A local cloud with a workspace, files of conversations, and an environment in which Azure's clients find
 * the cloud.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { pythonHook } from "../../../../local/cloud/client/environment";
import { LOCAL_SUBSCRIPTION_ID, LOCAL_TENANT_ID } from "../../../../local/cloud/constants";
import type { Core } from "../../../../local/cloud/core";
import { readIdentitySecret } from "../../../../local/cloud/identity/secret";
import { registerMlParts } from "../../../../local/cloud/ml/parts";
import type { CloudOptions } from "../../../../local/cloud/server";
import { generateSplit, type Conversation } from "../../../../local/data/conversations";
import { startTestCloud, SUBSCRIPTION, type TestCloud } from "../helpers/testCloud";

export const NAMES = { group: "clients", workspace: "clients-ws", account: "clientsaccount" };
const LOCATION = "westeurope";
const GROUP = `${SUBSCRIPTION}/resourceGroups/${NAMES.group}`;

type Split = Parameters<typeof generateSplit>[0];

/** Starts the cloud and creates the workspace with plain requests. The default trainer is the real one. */
export async function startWorkspaceCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const cloud = await startTestCloud({ parts: [registerMlParts], ...options });
  const put = async (target: string, body: unknown): Promise<void> => {
    const answer = await cloud.call("PUT", target, body);
    if (answer.status >= 400) throw new Error(`${target}: ${JSON.stringify(answer.body)}`);
    await cloud.finish(answer);
  };
  const storageAccount = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${NAMES.account}`;
  const keyVault = `${GROUP}/providers/Microsoft.KeyVault/vaults/clients-vault`;
  await put(GROUP, { location: LOCATION });
  await put(storageAccount, { location: LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } });
  const vault = { tenantId: LOCAL_TENANT_ID, sku: { family: "A", name: "standard" } };
  await put(keyVault, { location: LOCATION, properties: vault });
  await put(`${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/${NAMES.workspace}`, {
    location: LOCATION,
    identity: { type: "SystemAssigned" },
    properties: { storageAccount, keyVault },
  });
  return cloud;
}

/** Writes the first rows of each split to files `<split>.jsonl`. */
export function writeConversations(folder: string, rows: Partial<Record<Split, number>>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [split, count] of Object.entries(rows) as Array<[Split, number]>) {
    const taken: Conversation[] = [];
    for (const row of generateSplit(split)) {
      taken.push(row);
      if (taken.length === count) break;
    }
    const lines = taken.map((row) => `${JSON.stringify(row)}\n`).join("");
    fs.writeFileSync(path.join(folder, `${split}.jsonl`), lines);
  }
}

/** Settings of other clouds and sign-ins, which must not reach the client. */
const FOREIGN = /^(AZURE_|ARM_|MSI_|IDENTITY_|MLFLOW_|.*_PROXY$)/i;

/** An environment in which Azure's unmodified clients find the cloud and its identity. */
export function clientEnvironment(cloud: TestCloud): Record<string, string | undefined> {
  const { baseUrl } = cloud.cloud;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  return {
    ...kept,
    ARM_METADATA_HOSTNAME: baseUrl.replace("https://", ""),
    ARM_CLOUD_METADATA_URL: `${baseUrl}/metadata/endpoints?api-version=2019-05-01`,
    REGISTRY_DISCOVERY_ENDPOINT_URL: `${baseUrl}/`,
    IDENTITY_ENDPOINT: `http://127.0.0.1:${(cloud.cloud as Core).identityPort}/msi/token`,
    IDENTITY_HEADER: readIdentitySecret(cloud.home),
    REQUESTS_CA_BUNDLE: cloud.caFile,
    SSL_CERT_FILE: cloud.caFile,
    PYTHONPATH: pythonHook,
    NO_PROXY: "127.0.0.1,localhost",
    AZUREML_RUN_POLLING_INTERVAL_MIN: "1",
    AZUREML_RUN_POLLING_INTERVAL_MAX: "2",
  };
}

export const SUBSCRIPTION_ID = LOCAL_SUBSCRIPTION_ID;

/**
 * Does what NODE_EXTRA_CA_CERTS does for a process: from now on every client of this test file trusts the
 * cloud.
 * @returns a function that undoes it
 */
export function trustAuthority(caFile: string): () => void {
  const authority = fs.readFileSync(caFile);
  // The built-in module that the clients' agents use, not Jest's copy.
  const tls = process.getBuiltinModule("node:tls");
  const original = tls.createSecureContext;
  const trusting: typeof tls.createSecureContext = (options) => {
    const made = original(options);
    (made.context as { addCACert(pem: Buffer): void }).addCACert(authority);
    return made;
  };
  Object.assign(tls, { createSecureContext: trusting });
  return () => void Object.assign(tls, { createSecureContext: original });
}

/** Points this test file's environment at the cloud, like a shell of `npm run local`. */
export function useEnvironment(cloud: TestCloud): () => void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name];
  Object.assign(process.env, clientEnvironment(cloud));
  const distrust = trustAuthority(cloud.caFile);
  return () => {
    distrust();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  };
}
