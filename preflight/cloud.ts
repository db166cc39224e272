import { getClientConfig } from "@pulumi/azure-native/authorization";
import * as pulumi from "@pulumi/pulumi";
import type { ResourceKind } from "../azureml/armIds";
import { armGet, apiVersions, type ArmResource } from "../azureml/clients/arm";
import { azureOptions } from "../azureml/clients/clouds";
import type { CredentialReport } from "../azureml/clients/credential";
import { type DeploymentFacts, listDeployments } from "../azureml/clients/onlineEndpoints";
import { listedContent, registryModelSource } from "../azureml/clients/modelContent";
import { discoverRegistry, findRegistry } from "../azureml/clients/registryAddress";
import {
  findRegistryModel,
  listRegistryModels,
  type RegistryModelRef,
  type RegistryModelVersion,
} from "../azureml/clients/registryModels";
import { getServedModel, type ServedModel } from "../azureml/clients/servedModel";
import type { ModelContent } from "../azureml/contentHash";
import { type ComponentInput, getRegistryComponent, getRegistryModel } from "../azureml/clients/registry";
import {
  endpointsNamed,
  type GlobalNameKind,
  globalNameUse,
  type NameUse,
  scoringHostExists,
} from "../azureml/clients/resourceNames";
import { openSession } from "../azureml/clients/session";
import { withShortWait } from "../azureml/clients/shortWait";
import { type DeletedVault, listDeletedVaults, listDeletedWorkspaces } from "../azureml/clients/softDelete";
import { listUsages, listVmSizes, type ComputeUsage, type VmSize } from "../azureml/clients/sizes";
import {
  assignedPrincipal,
  getSubscription,
  resourceTypeLocations,
  type SubscriptionFacts,
} from "../azureml/clients/subscriptions";
import { findWorkspace, workspaceId, type WorkspaceRef } from "../azureml/clients/workspaces";
import { DatasetError } from "../dataset/errors";
import type { InspectNotices } from "../dataset/inspect";
import { splitNames, type SplitsRequest } from "../dataset/splitNames";
import { inStackTerms } from "./stackTerms";

/** Facts about an existing cluster. */
interface ClusterFacts {
  size: string;
  provisioningState: string;
  maxNodes: number;
  /** Nodes that exist now. Their cores are part of the quota in use. */
  currentNodes: number;
  lowPriority: boolean;
}

/** A model version in a registry. */
export interface ModelFacts {
  version: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  stage: string;
  isArchived: boolean;
}

/** The requests of preflight. They only read. */
export interface PreflightCloud {
  credential(): Promise<CredentialReport>;
  subscription(subscriptionId: string): Promise<SubscriptionFacts>;
  /** The identity of the azure-native provider. */
  provider(): Promise<{ objectId: string; subscriptionId: string }>;
  /** Object id in a role assignment. Absent if there is no such assignment. */
  assignedPrincipal(scope: string, assignment: string): Promise<string | undefined>;
  workspace(ref: WorkspaceRef): Promise<{ location: string } | undefined>;
  /** A resource that the stack uses by its ARM id. */
  resource(id: string, kind: ResourceKind): Promise<ArmResource | undefined>;
  sizes(subscriptionId: string, location: string): Promise<VmSize[]>;
  usages(subscriptionId: string, location: string): Promise<ComputeUsage[]>;
  cluster(ref: WorkspaceRef, name: string): Promise<ClusterFacts | undefined>;
  /** The deployments of an endpoint. Empty if the endpoint does not exist. */
  deployments(ref: WorkspaceRef, endpoint: string): Promise<DeploymentFacts[]>;
  /** Who has a globally unique name that the stack would use. */
  nameUse(kind: GlobalNameKind, ref: WorkspaceRef, name: string): Promise<NameUse>;
  deletedVaults(subscriptionId: string): Promise<DeletedVault[]>;
  /** Ids in lower case, or `undefined` if Azure does not list them. */
  deletedWorkspaces(subscriptionId: string): Promise<string[] | undefined>;
  /** Online endpoints of a name in the subscription. */
  endpointsNamed(
    subscriptionId: string,
    name: string,
  ): Promise<Array<{ id: string; location: string; tags: Record<string, string> }>>;
  /** Whether the address of an endpoint exists; `undefined` if that cannot be known. */
  endpointAddress(name: string, location: string): Promise<boolean | undefined>;
  model(registry: string, name: string, version: string): Promise<ModelFacts>;
  /** A model version of a shared registry, archived or not; `undefined` if it does not exist. Throws `RegistryNotFound`. */
  sharedModel(ref: RegistryModelRef): Promise<RegistryModelVersion | undefined>;
  /** Its versions, the one created last first. Empty without the model. */
  sharedVersions(registry: string, name: string): Promise<string[]>;
  /** The content of its files from the storage's list; `undefined` if the storage has no hash of some. Throws `ModelWithoutFiles`. */
  sharedContent(model: RegistryModelVersion): Promise<ModelContent | undefined>;
  /** Regions whose workspaces can use a registry. Empty if it does not say. */
  registryRegions(registry: string): Promise<string[]>;
  /** Subscription and resource group of a registry; `undefined` if there is none of this name in the tenant. */
  registryPlace(name: string): Promise<{ subscriptionId: string; resourceGroup: string } | undefined>;
  /** Regions in which registries can be created. */
  registryLocations(subscriptionId: string): Promise<string[]>;
  /** The model behind the largest share of an endpoint's traffic. */
  servedModel(ref: WorkspaceRef, endpoint: string): Promise<ServedModel | undefined>;
  component(
    registry: string,
    name: string,
    version: string,
  ): Promise<{ version: string; inputs?: Record<string, ComponentInput> }>;
  /** Names of the data set's splits. What is found in the first rows of your own files goes to `notices`. */
  splits(dataset: SplitsRequest, notices: InspectNotices): Promise<string[]>;
}

/** Azure as configured for azure-native, and the hub of `HF_ENDPOINT`. */
export function azureCloud(): PreflightCloud {
  const session = () => openSession(azureOptions((key) => pulumi.runtime.getConfig(key)));
  const sizes = once(async (subscriptionId: string, location: string) =>
    listVmSizes(await session(), subscriptionId, location),
  );
  const usages = once(async (subscriptionId: string, location: string) =>
    listUsages(await session(), subscriptionId, location),
  );
  return {
    credential: async () => {
      const { credential, cloud } = await session();
      return credential.report(cloud.armScope);
    },
    subscription: async (subscriptionId) => getSubscription(await session(), subscriptionId),
    provider: () => getClientConfig(),
    assignedPrincipal: async (scope, assignment) => assignedPrincipal(await session(), scope, assignment),
    workspace: async (ref) => findWorkspace(await session(), ref),
    resource: async (id, { apiVersion, label }) =>
      armGet(await session(), { path: id, apiVersion, what: `${label} "${id.split("/").at(-1) ?? ""}"` }),
    sizes,
    usages,
    cluster: async (ref, name) => {
      const compute = await armGet(await session(), {
        path: `${workspaceId(ref)}/computes/${name}`,
        apiVersion: apiVersions.machineLearning,
        what: `cluster "${name}"`,
      });
      return compute && parseCluster(compute.properties);
    },
    deployments: async (ref, endpoint) => listDeployments(await session(), ref, endpoint),
    nameUse: async (kind, ref, name) => globalNameUse(await session(), kind, ref, name),
    deletedVaults: async (subscriptionId) => listDeletedVaults(await session(), subscriptionId),
    deletedWorkspaces: async (subscriptionId) => listDeletedWorkspaces(await session(), subscriptionId),
    endpointsNamed: async (subscriptionId, name) => endpointsNamed(await session(), subscriptionId, name),
    endpointAddress: async (name, location) => scoringHostExists(await session(), name, location),
    model: async (registry, name, version) =>
      getRegistryModel(withShortWait(await session()), registry, name, version),
    sharedModel: async (ref) => findRegistryModel(withShortWait(await session()), ref),
    sharedVersions: async (registry, name) =>
      (await listRegistryModels(withShortWait(await session()), { registry, name })).map(
        ({ version }) => version,
      ),
    sharedContent: async (model) =>
      listedContent(await registryModelSource(withShortWait(await session()), model)),
    registryRegions: async (registry) =>
      (await discoverRegistry(withShortWait(await session()), registry)).regions,
    registryPlace: async (name) => findRegistry(await session(), name),
    registryLocations: async (subscriptionId) =>
      resourceTypeLocations(
        await session(),
        subscriptionId,
        "Microsoft.MachineLearningServices",
        "registries",
      ),
    servedModel: async (ref, endpoint) => getServedModel(await session(), ref, endpoint),
    component: async (registry, name, version) =>
      getRegistryComponent(withShortWait(await session()), registry, name, version),
    splits: (dataset, { info, warn, problem }) => {
      const notices = {
        info,
        warn: (text: string) => warn(inStackTerms(text)),
        problem: (error: DatasetError) => problem(withConfigurationNames(error)),
      };
      return splitNames(dataset, process.env, process.cwd(), notices).catch((error: unknown) => {
        throw error instanceof DatasetError ? withConfigurationNames(error) : error;
      });
    },
  };
}

/**
 * Several checks read the same list: it is requested once for each region. A failure is kept too, unlike in a PromiseCache: the
 * next check must not wait for the same failure again.
 */
function once<T>(
  request: (subscriptionId: string, location: string) => Promise<T>,
): (subscriptionId: string, location: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (subscriptionId, location) => {
    const key = `${subscriptionId}/${location}`;
    const answer = answers.get(key) ?? request(subscriptionId, location);
    answers.set(key, answer);
    return answer;
  };
}

/** Replaces command line options in the data step's errors by the settings of the stack. */
function withConfigurationNames(error: DatasetError): DatasetError {
  const { code, message, remedy } = error;
  return new DatasetError(code, inStackTerms(message), inStackTerms(remedy), { cause: error });
}

function parseCluster(properties: Record<string, unknown>): ClusterFacts {
  const inner = (properties.properties ?? {}) as {
    vmSize?: string;
    vmPriority?: string;
    currentNodeCount?: number;
    scaleSettings?: { maxNodeCount?: number };
  };
  return {
    size: inner.vmSize ?? "",
    provisioningState: String(properties.provisioningState ?? ""),
    maxNodes: inner.scaleSettings?.maxNodeCount ?? 0,
    currentNodes: inner.currentNodeCount ?? 0,
    lowPriority: /low/i.test(inner.vmPriority ?? ""),
  };
}
