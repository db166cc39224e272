import { type Azure, describe } from "./azure";
import { textAt } from "./json";
import { jobBody, uploadModel, uploadRows } from "./pipelineJob";
import { sizes } from "./prices";
import type { Need } from "./probe";
import { NotSettled } from "./verdict";

/** A resource that probes share. Its path depends on the run id only, so probes need no result. */
interface Fixture {
  readonly what: string;
  /** Dollars, from `prices.ts`. */
  readonly hours?: { readonly size: keyof typeof sizes; readonly count: number };
  readonly after: readonly Need[];
  readonly create: (azure: Azure) => Promise<void>;
}

const sku = { name: "Default", capacity: 1 };

/** Paths of the shared resources. */
export function fixturePaths({ paths, name }: Pick<Azure, "paths" | "name">) {
  const { workspace } = paths;
  return {
    cluster: `${workspace}/computes/${name("cpu")}`,
    gpuCluster: `${workspace}/computes/${name("gpu")}`,
    data: `${workspace}/data/${name("rows")}`,
    endpoint: `${workspace}/onlineEndpoints/${name("ep")}`,
    deployment: `${workspace}/onlineEndpoints/${name("ep")}/deployments/blue`,
    secondDeployment: `${workspace}/onlineEndpoints/${name("ep")}/deployments/green`,
    plainModel: `${workspace}/models/${name("plain")}/versions/1`,
    job: `${workspace}/jobs/${name("job")}`,
    tunedJob: `${workspace}/jobs/${name("tuned")}`,
    model: `${workspace}/models/${name("model")}/versions/1`,
  };
}

export const FIXTURES: Readonly<Record<Need, Fixture>> = {
  group: {
    what: "the resource group, if it does not exist",
    after: [],
    create: async (azure) => {
      const { paths, target } = azure;
      const found = await azure.call("GET", paths.group);
      if (found.status === 404) await azure.made(paths.group, { location: target.location });
      else if (found.status !== 200)
        throw new NotSettled(`the resource group cannot be read (${found.status})`);
    },
  },
  storage: {
    what: "a storage account (Standard_LRS)",
    after: ["group"],
    create: async (azure) => {
      await azure.made(azure.paths.storage, storageBody(azure.target.location));
    },
  },
  vault: {
    what: "a key vault",
    after: ["group"],
    create: async (azure) => {
      await azure.made(azure.paths.vault, await vaultBody(azure));
    },
  },
  workspace: {
    what: "a workspace without container registry",
    after: ["storage", "vault"],
    create: async (azure) => {
      if (azure.target.workspace !== undefined) return;
      await azure.made(azure.paths.workspace, workspaceBody(azure));
    },
  },
  cluster: {
    what: `a cluster of 0 to 1 nodes of ${sizes.cpu.name}, without a node`,
    after: ["workspace"],
    create: async (azure) => {
      await azure.made(fixturePaths(azure).cluster, clusterBody(azure.target.location, sizes.cpu.name));
    },
  },
  data: {
    what: "two JSON lines files of a few rows, and a data asset",
    after: ["workspace"],
    create: async (azure) => {
      const uri = await uploadRows(azure);
      await azure.made(`${fixturePaths(azure).data}/versions/1`, {
        properties: { dataType: "uri_file", dataUri: uri },
      });
    },
  },
  endpoint: {
    what: "an online endpoint without deployment",
    after: ["workspace"],
    create: async (azure) => {
      await azure.made(fixturePaths(azure).endpoint, endpointBody(azure.target.location));
    },
  },
  job: {
    what: "a fine-tuning job on the cluster without GPU, canceled at once",
    hours: { size: "cpu", count: 0.25 },
    after: ["cluster", "data"],
    create: async (azure) => {
      const { job } = fixturePaths(azure);
      await submit(azure, job, azure.name("cpu"));
      await azure.call("POST", `${job}/cancel`);
    },
  },
  otherWorkspace: {
    what: "a second workspace with the same storage account and key vault",
    after: ["storage", "vault"],
    create: async (azure) => {
      await azure.made(azure.paths.otherWorkspace, workspaceBody(azure));
    },
  },
  plainModel: {
    what: "a registered model of one text file, an MLmodel",
    after: ["data"],
    create: async (azure) => {
      const modelUri = await uploadModel(azure);
      await azure.made(fixturePaths(azure).plainModel, {
        properties: { modelType: "mlflow_model", modelUri },
      });
    },
  },
  tunedModel: {
    what: `a fine-tuning job of one step on ${sizes.gpu.name}, and its model`,
    hours: { size: "gpu", count: 1 },
    after: ["data"],
    create: async (azure) => {
      const { gpuCluster, tunedJob, model } = fixturePaths(azure);
      await azure.made(gpuCluster, clusterBody(azure.target.location, sizes.gpu.name));
      await submit(azure, tunedJob, azure.name("gpu"));
      const status = await jobEnd(azure, tunedJob);
      if (status !== "Completed") throw new NotSettled(`the fine-tuning job ended as ${status}`);
      const modelUri = `azureml://jobs/${tunedJob.split("/").at(-1) ?? ""}/outputs/trained_model`;
      await azure.made(model, { properties: { modelType: "mlflow_model", modelUri } });
    },
  },
  deployment: {
    what: `a deployment of the model on ${sizes.gpu.name}`,
    hours: { size: "gpu", count: 1 },
    after: ["endpoint", "tunedModel"],
    create: async (azure) => {
      const { deployment, endpoint } = fixturePaths(azure);
      await azure.made(deployment, deploymentBody(azure, {}));
      await azure.made(endpoint, endpointBody(azure.target.location, { traffic: { blue: 100 } }));
    },
  },
  secondDeployment: {
    what: `a second deployment of the model on ${sizes.gpu.name}`,
    hours: { size: "gpu", count: 0.5 },
    after: ["deployment"],
    create: async (azure) => {
      await azure.made(fixturePaths(azure).secondDeployment, deploymentBody(azure, {}));
    },
  },
};

async function submit(azure: Azure, path: string, compute: string): Promise<void> {
  const answer = await azure.call("PUT", path, await jobBody(azure, { compute }));
  if (answer.status >= 400) throw new NotSettled(`the job could not be submitted: ${describe(answer)}`);
}

export const storageBody = (location: string): Record<string, unknown> => ({
  location,
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
  properties: { minimumTlsVersion: "TLS1_2", allowBlobPublicAccess: false },
});

/** A vault with Azure roles. Its tenant is the subscription's. */
export async function vaultBody(
  azure: Azure,
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { body } = await azure.call("GET", azure.paths.subscription, undefined, { apiVersion: "2022-12-01" });
  return {
    location: azure.target.location,
    properties: {
      tenantId: textAt(body, "tenantId"),
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      accessPolicies: [],
      ...more,
    },
  };
}

export const workspaceBody = (azure: Azure, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  location: azure.target.location,
  identity: { type: "SystemAssigned" },
  properties: { storageAccount: azure.paths.storage, keyVault: azure.paths.vault, ...more },
});

export const clusterBody = (
  location: string,
  vmSize: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  location,
  properties: {
    computeType: "AmlCompute",
    properties: {
      osType: "Linux",
      vmSize,
      vmPriority: "Dedicated",
      scaleSettings: { minNodeCount: 0, maxNodeCount: 1, nodeIdleTimeBeforeScaleDown: "PT2M" },
      ...more,
    },
  },
});

export const endpointBody = (
  location: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  location,
  identity: { type: "SystemAssigned" },
  properties: { authMode: "Key", ...more },
});

export const deploymentBody = (
  azure: Azure,
  more: Record<string, unknown>,
  capacity = 1,
): Record<string, unknown> => ({
  location: azure.target.location,
  sku: { ...sku, capacity },
  properties: {
    endpointComputeType: "Managed",
    model: fixturePaths(azure).model,
    instanceType: sizes.gpu.name,
    livenessProbe: { initialDelay: "PT10M" },
    requestSettings: { requestTimeout: "PT90S" },
    ...more,
  },
});

/** Waits for a job's last status. */
export async function jobEnd(azure: Azure, path: string): Promise<string> {
  for (;;) {
    const { body, status } = await azure.call("GET", path);
    const state = textAt(body, "properties.status");
    if (status === 404 || ["Completed", "Failed", "Canceled", "NotResponding", "Paused"].includes(state))
      return state;
    await azure.pause(azure.pollMs);
  }
}
