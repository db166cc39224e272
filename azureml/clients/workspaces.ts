import { azureMlError } from "../errors";
import { apiVersions, armGet, armPost, type ArmResource } from "./arm";
import { cachePerOwner } from "./promiseCache";
import type { AzureSession } from "./session";

/** Subscription, resource group and name of an Azure ML workspace. */
export interface WorkspaceRef {
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
}

export interface Workspace {
  /** ARM id. */
  id: string;
  location: string;
  tags: Record<string, string>;
  /** GUID. Part of the default container's name. */
  workspaceId: string;
  /** URL of the document whose `api` is the run-history host. */
  discoveryUrl: string;
  /** `https://…/mlflow/v1.0/subscriptions/…`, base of the MLflow REST API. */
  mlflowUrl: string;
  storageAccountId: string;
  provisioningState: string;
}

/** ARM id of a workspace's resource group. Sends no request. */
export function resourceGroupId(ref: WorkspaceRef): string {
  return `/subscriptions/${ref.subscriptionId}/resourceGroups/${ref.resourceGroupName}`;
}

/** ARM id of a workspace. Sends no request. */
export function workspaceId(ref: WorkspaceRef): string {
  return `${resourceGroupId(ref)}/providers/Microsoft.MachineLearningServices/workspaces/${ref.workspaceName}`;
}

/** The workspace, or `undefined` if it does not exist. */
export async function findWorkspace(
  session: AzureSession,
  ref: WorkspaceRef,
): Promise<Workspace | undefined> {
  const resource = await armGet(session, {
    path: workspaceId(ref),
    apiVersion: apiVersions.machineLearning,
    what: `workspace "${ref.workspaceName}" in resource group "${ref.resourceGroupName}"`,
  });
  return resource && parseWorkspace(resource);
}

const workspaces = cachePerOwner<Workspace>();

/** The workspace. Cached for the whole process, because its addresses do not change. Throws `NotFound`. */
export function getWorkspace(session: AzureSession, ref: WorkspaceRef): Promise<Workspace> {
  return workspaces(session).get(workspaceId(ref).toLowerCase(), async () => {
    const found = await findWorkspace(session, ref);
    if (found) return found;
    throw azureMlError("NotFound", {
      what: `workspace "${ref.workspaceName}" in resource group "${ref.resourceGroupName}"`,
      code: "ResourceNotFound",
      detail: `subscription ${ref.subscriptionId}`,
    });
  });
}

function parseWorkspace(resource: ArmResource): Workspace {
  const text = (name: string): string => {
    const value = resource.properties[name];
    return typeof value === "string" ? value : "";
  };
  return {
    id: resource.id,
    location: resource.location ?? "",
    tags: resource.tags ?? {},
    workspaceId: text("workspaceId"),
    discoveryUrl: text("discoveryUrl"),
    mlflowUrl: (text("mlFlowTrackingUri") || text("mlflowTrackingUri"))
      .replace(/^azureml:\/\//, "https://")
      .replace(/[?/]+$/, ""),
    storageAccountId: text("storageAccount"),
    provisioningState: text("provisioningState"),
  };
}

export interface BlobDatastore {
  name: string;
  accountName: string;
  containerName: string;
  /** `https://…`, without trailing slash. */
  blobEndpoint: string;
}

/**
 * Account, container and endpoint of a blob datastore. For the workspace's own storage account the endpoint
 * is read from the account.
 */
export async function getBlobDatastore(
  session: AzureSession,
  ref: WorkspaceRef,
  datastoreName: string,
): Promise<BlobDatastore> {
  const what = `datastore "${datastoreName}" of workspace "${ref.workspaceName}"`;
  const [workspace, resource] = await Promise.all([
    getWorkspace(session, ref),
    armGet(session, {
      path: `${workspaceId(ref)}/datastores/${datastoreName}`,
      apiVersion: apiVersions.machineLearning,
      what,
    }),
  ]);
  if (!resource) {
    throw azureMlError("NotFound", {
      what,
      code: "ResourceNotFound",
      detail: "the datastore does not exist",
    });
  }
  const { datastoreType, accountName, containerName, endpoint, protocol } = resource.properties as Record<
    string,
    string | undefined
  >;
  if (datastoreType !== "AzureBlob" || !accountName || !containerName) {
    throw azureMlError("InvalidInput", {
      property: "datastoreName",
      detail: `${datastoreName} is a datastore of type ${datastoreType ?? "unknown"}; allowed: AzureBlob`,
    });
  }
  const own = workspace.storageAccountId.toLowerCase().endsWith(`/${accountName.toLowerCase()}`);
  const blobEndpoint = own
    ? await primaryBlobEndpoint(session, workspace.storageAccountId)
    : `${protocol ?? "https"}://${accountName}.blob.${endpoint ?? session.cloud.storageSuffix}`;
  return { name: datastoreName, accountName, containerName, blobEndpoint };
}

async function primaryBlobEndpoint(session: AzureSession, storageAccountId: string): Promise<string> {
  const what = `storage account ${storageAccountId.split("/").at(-1) ?? ""}`;
  const account = await armGet(session, { path: storageAccountId, apiVersion: apiVersions.storage, what });
  if (!account)
    throw azureMlError("NotFound", { what, code: "ResourceNotFound", detail: "it does not exist" });
  const endpoints = account.properties.primaryEndpoints as { blob?: string } | undefined;
  if (!endpoints?.blob) {
    throw azureMlError("UnexpectedResponse", {
      what,
      field: "properties.primaryEndpoints.blob",
      requestId: "none",
    });
  }
  return endpoints.blob.replace(/\/+$/, "");
}

/** The datastore's secret: a SAS or an account key. Never stored or logged. */
type DatastoreSecret = { sasToken: string } | { accountKey: string };

export async function listDatastoreSecrets(
  session: AzureSession,
  ref: WorkspaceRef,
  datastoreName: string,
): Promise<DatastoreSecret | undefined> {
  const body = (await armPost(
    session,
    {
      path: `${workspaceId(ref)}/datastores/${datastoreName}/listSecrets`,
      apiVersion: apiVersions.machineLearning,
      what: `secrets of datastore "${datastoreName}"`,
    },
    { expirableSecret: true, expireAfterHours: 1 },
  )) as { sasToken?: string; key?: string } | undefined;
  if (body?.sasToken) return { sasToken: body.sasToken };
  return body?.key ? { accountKey: body.key } : undefined;
}
