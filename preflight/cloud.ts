import { stat } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { armGet, apiVersions } from "../azureml/clients/arm";
import { cloudOptionsFrom } from "../azureml/clients/clouds";
import type { CredentialReport } from "../azureml/clients/credential";
import { getRegistryComponent, getRegistryModel } from "../azureml/clients/registry";
import { openSession } from "../azureml/clients/session";
import { listUsages, listVmSizes, type ComputeUsage, type VmSize } from "../azureml/clients/sizes";
import { findWorkspace, workspaceId, type WorkspaceRef } from "../azureml/clients/workspaces";
import { DatasetError } from "../dataset/errors";
import { createHttpClient } from "../dataset/http";
import { createHubClient } from "../dataset/hub";
import { findLayout } from "../dataset/layout";
import { hubSettings } from "../dataset/settings";

/** An existing cluster, as far as the checks look at it. */
export interface ClusterFacts {
  size: string;
  provisioningState: string;
  maxNodes: number;
}

/** A model version in a registry. */
export interface ModelFacts {
  version: string;
  tags: Record<string, string>;
  isArchived: boolean;
}

export interface DatasetQuestion {
  name: string;
  subset?: string;
  revision?: string;
  /** Files on this machine by split, instead of the hub's. */
  files?: Record<string, string[]>;
}

/** What preflight asks the outside world. Every question only reads. */
export interface PreflightCloud {
  credential(): Promise<CredentialReport>;
  workspace(ref: WorkspaceRef): Promise<{ location: string } | undefined>;
  sizes(subscriptionId: string, location: string): Promise<VmSize[]>;
  usages(subscriptionId: string, location: string): Promise<ComputeUsage[]>;
  cluster(ref: WorkspaceRef, name: string): Promise<ClusterFacts | undefined>;
  model(registry: string, name: string, version: string): Promise<ModelFacts>;
  component(registry: string, name: string, version: string): Promise<{ version: string }>;
  /** Names of the data set's splits. */
  splits(dataset: DatasetQuestion): Promise<string[]>;
}

/** The real thing: Azure as configured for azure-native, and the hub of `HF_ENDPOINT`. */
export function azureCloud(): PreflightCloud {
  const session = () => openSession(cloudOptionsFrom((key) => pulumi.runtime.getConfig(key)));
  return {
    credential: async () => {
      const { credential, cloud } = await session();
      return credential.report(cloud.armScope);
    },
    workspace: async (ref) => findWorkspace(await session(), ref),
    sizes: async (subscriptionId, location) => listVmSizes(await session(), subscriptionId, location),
    usages: async (subscriptionId, location) => listUsages(await session(), subscriptionId, location),
    cluster: async (ref, name) => {
      const compute = await armGet(await session(), {
        path: `${workspaceId(ref)}/computes/${name}`,
        apiVersion: apiVersions.machineLearning,
        what: `cluster "${name}"`,
      });
      return compute && clusterFacts(compute.properties);
    },
    model: async (registry, name, version) => getRegistryModel(await session(), registry, name, version),
    component: async (registry, name, version) =>
      getRegistryComponent(await session(), registry, name, version),
    splits: async ({ name, subset, revision = "main", files }) => {
      if (files) return splitsOfFiles(files);
      const http = createHttpClient(hubSettings(process.env));
      const hub = createHubClient(http);
      try {
        return [...(await findLayout(hub, { dataset: name, subset, revision })).splits.keys()];
      } catch (error) {
        throw inWordsOfTheConfiguration(error);
      } finally {
        await http.close();
      }
    },
  };
}

async function splitsOfFiles(files: Record<string, string[]>): Promise<string[]> {
  for (const [split, paths] of Object.entries(files)) {
    for (const path of paths) {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) continue;
      throw new DatasetError(
        "BadFile",
        `split ${split}: there is no file ${path}`,
        "Correct dataset.files; paths are relative to the project.",
      );
    }
  }
  return Object.keys(files);
}

/** The data step speaks of its command line; who reads this has a stack file in front of them. */
function inWordsOfTheConfiguration(error: unknown): unknown {
  if (!(error instanceof DatasetError)) return error;
  const remedy = error.remedy
    .replaceAll("--dataset_subset", "dataset.subset")
    .replaceAll("--dataset", "dataset.name")
    .replaceAll("--revision", "dataset.revision");
  return new DatasetError(error.code, error.message, remedy, { cause: error });
}

function clusterFacts(properties: Record<string, unknown>): ClusterFacts {
  const inner = (properties.properties ?? {}) as {
    vmSize?: string;
    scaleSettings?: { maxNodeCount?: number };
  };
  return {
    size: inner.vmSize ?? "",
    provisioningState: String(properties.provisioningState ?? ""),
    maxNodes: inner.scaleSettings?.maxNodeCount ?? 0,
  };
}
