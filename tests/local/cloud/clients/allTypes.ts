/**
 * One resource of every type of `@azure/arm-machinelearning` that the program or its notebook uses, with
 * every property that its model supports.
 */
import type { JobBase } from "@azure/arm-machinelearning";
import { pipelineJob } from "../ml/mlCloud";
import { FAST, type OfficialClients } from "./officialClients";
import { NAMES, SUBSCRIPTION_ID } from "./workspaceCloud";

const { group, workspace } = NAMES;
export const location = "westeurope";
export const tags = { owner: "client" };
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/${group}`;
export const ROOT = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;
export const STORE = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${NAMES.account}`;
export const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/clients-vault`;
const asset = { description: "an asset", tags, properties: { from: "client" }, isAnonymous: false };

/** Its name, the body to send, the call that sends it, and the id under which it is read again. */
export type Step = readonly [name: string, sent: object, put: (body: never) => Promise<unknown>, at: string];

export function allTypes(clients: OfficialClients): readonly Step[] {
  const client = clients.ml;
  const made = (segment: string, version = ""): string => `${ROOT}/${segment}/thing${version}`;
  return [
    [
      "a workspace",
      {
        location,
        tags,
        identity: { type: "SystemAssigned" },
        sku: { name: "Basic", tier: "Basic" },
        friendlyName: "Second",
        description: "a workspace",
        storageAccount: STORE,
        keyVault: VAULT,
        hbiWorkspace: true,
        publicNetworkAccess: "Enabled",
        imageBuildCompute: "builder",
        v1LegacyMode: false,
      },
      (body) => client.workspaces.beginCreateOrUpdateAndWait(group, "second", body, FAST),
      ROOT.replace(workspace, "second"),
    ],
    [
      "a cluster",
      {
        location,
        tags,
        identity: { type: "SystemAssigned" },
        properties: {
          computeType: "AmlCompute",
          description: "a cluster",
          disableLocalAuth: true,
          properties: {
            osType: "Linux",
            vmSize: "Standard_NC24ads_A100_v4",
            vmPriority: "Dedicated",
            scaleSettings: { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: "PT2M" },
            remoteLoginPortPublicAccess: "Disabled",
            enableNodePublicIp: false,
          },
        },
      },
      (body) => client.computeOperations.beginCreateOrUpdateAndWait(group, workspace, "thing", body, FAST),
      made("computes"),
    ],
    [
      "a datastore",
      {
        properties: {
          datastoreType: "AzureBlob",
          accountName: NAMES.account,
          containerName: "extra",
          description: "more",
          tags,
          properties: { from: "client" },
          endpoint: "core.windows.net",
          protocol: "https",
          serviceDataAccessAuthIdentity: "WorkspaceSystemAssignedIdentity",
          credentials: {
            credentialsType: "AccountKey",
            secrets: { secretsType: "AccountKey", key: "c2VjcmV0" },
          },
        },
      },
      (body) => client.datastores.createOrUpdate(group, workspace, "thing", body),
      made("datastores"),
    ],
    [
      "a data version",
      {
        properties: {
          ...asset,
          dataType: "uri_file",
          dataUri: `azureml:/${GROUP.replace("resourceGroups", "resourcegroups")}/workspaces/${workspace}/datastores/workspaceblobstore/paths/data/train.jsonl`,
        },
      },
      (body) => client.dataVersions.createOrUpdate(group, workspace, "thing", "1", body),
      made("data", "/versions/1"),
    ],
    [
      "an environment version",
      {
        properties: {
          ...asset,
          image: "mcr.example/base",
          condaFile: "name: base",
          osType: "Linux",
          autoRebuild: "OnBaseImageUpdate",
          inferenceConfig: {
            livenessRoute: { path: "/", port: 1 },
            readinessRoute: { path: "/", port: 1 },
            scoringRoute: { path: "/score", port: 1 },
          },
        },
      },
      (body) => client.environmentVersions.createOrUpdate(group, workspace, "thing", "1", body),
      made("environments", "/versions/1"),
    ],
    [
      "a component version",
      { properties: { ...asset, componentSpec: { name: "thing", version: "1", type: "command" } } },
      (body) => client.componentVersions.createOrUpdate(group, workspace, "thing", "1", body),
      made("components", "/versions/1"),
    ],
    [
      "a code version",
      { properties: { ...asset, codeUri: "https://store.example/code" } },
      (body) => client.codeVersions.createOrUpdate(group, workspace, "thing", "1", body),
      made("codes", "/versions/1"),
    ],
    [
      "a connection",
      {
        properties: {
          authType: "PAT",
          category: "Git",
          target: "https://git.example/repo",
          value: "{}",
          valueFormat: "JSON",
          credentials: { pat: "secret-token" },
        },
      },
      (body) => client.workspaceConnections.create(group, workspace, "thing", body),
      made("connections"),
    ],
    [
      "a job",
      (() => {
        const { properties } = pipelineJob({ compute_finetune: "thing" }) as JobBase;
        const graph = JSON.parse(JSON.stringify(properties).replaceAll('"cpu"', '"thing"')) as object;
        return { properties: { ...graph, description: "a job", tags, properties: { from: "client" } } };
      })(),
      (body) => client.jobs.createOrUpdate(group, workspace, "thing", body),
      made("jobs"),
    ],
    [
      "a model version",
      {
        properties: {
          ...asset,
          modelType: "mlflow_model",
          modelUri: "azureml://jobs/thing/outputs/trained_model",
        },
      },
      async (body) => {
        for (;;) {
          const { properties } = await client.jobs.get(group, workspace, "thing");
          if (properties.status === "Completed") break;
          if (properties.status === "Failed") throw new Error("the job has failed");
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return client.modelVersions.createOrUpdate(group, workspace, "thing", "1", body);
      },
      made("models", "/versions/1"),
    ],
    [
      "an endpoint",
      {
        location,
        tags,
        kind: "Managed",
        identity: { type: "SystemAssigned" },
        properties: {
          authMode: "Key",
          description: "an endpoint",
          properties: { from: "client" },
          publicNetworkAccess: "Enabled",
          traffic: {},
          keys: { primaryKey: "a".repeat(43), secondaryKey: "b".repeat(43) },
        },
      },
      (body) => client.onlineEndpoints.beginCreateOrUpdateAndWait(group, workspace, "thing", body, FAST),
      made("onlineEndpoints"),
    ],
    [
      "a deployment",
      {
        location,
        tags,
        kind: "Managed",
        sku: { name: "Default", capacity: 1 },
        properties: {
          endpointComputeType: "Managed",
          description: "a deployment",
          model: `${ROOT}/models/thing/versions/1`,
          instanceType: "Standard_NC4as_T4_v3",
          appInsightsEnabled: true,
          egressPublicNetworkAccess: "Disabled",
          environmentVariables: { A: "b" },
          properties: { from: "client" },
          scaleSettings: { scaleType: "Default" },
          requestSettings: {
            requestTimeout: "PT1M30S",
            maxConcurrentRequestsPerInstance: 2,
            maxQueueWait: "PT1S",
          },
          livenessProbe: probe("PT10M"),
          readinessProbe: probe("PT20S"),
        },
      },
      (body) =>
        client.onlineDeployments.beginCreateOrUpdateAndWait(group, workspace, "thing", "blue", body, FAST),
      `${made("onlineEndpoints")}/deployments/blue`,
    ],
  ];
}

function probe(initialDelay: string): object {
  return { initialDelay, period: "PT5S", timeout: "PT3S", failureThreshold: 7, successThreshold: 1 };
}

/** Write-only properties. A model's URI is read back in its resolved form. */
const NOT_READ_BACK = ["secrets", "credentials.pat", "keys", "modelUri"];

/** The part of a sent body that is read back, with the names on the wire. */
export function readBack(sent: unknown, path = ""): unknown {
  if (typeof sent !== "object" || sent === null || Array.isArray(sent)) return sent;
  const entries = Object.entries(sent).filter(
    ([name]) => !NOT_READ_BACK.some((hidden) => `${path}.${name}`.endsWith(`.${hidden}`)),
  );
  const shown = entries.map(([name, value]) => [name, readBack(value, `${path}.${name}`)] as const);
  // Credentials that contain only a secret are not returned at all.
  return Object.fromEntries(
    shown.filter(([name, value]) => name !== "credentials" || Object.keys(value as object).length > 0),
  );
}

/**
 * The body of a request on the wire. A workspace's properties are flat in the client and below `properties`
 * on the wire.
 */
export function wireBody(sent: Record<string, unknown>): object {
  if ("properties" in sent) return sent;
  const { location: at, tags: with_, identity, sku, ...properties } = sent;
  return { location: at, tags: with_, identity, sku, properties };
}
