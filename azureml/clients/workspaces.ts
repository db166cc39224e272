import { azureMlError } from "../errors";
import { apiVersions, armGet, armPost, type ArmResource } from "./arm";
import type { AzureSession } from "./session";

/** An Azure ML workspace by its three names. */
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
  /** GUID; part of the default container's name. */
  workspaceId: string;
  /** Address of the document whose `api` is the run-history host. */
  discoveryUrl: string;
  /** `https://…/mlflow/v1.0/subscriptions/…`, base of the MLflow REST API. */
  mlflowUrl: string;
  storageAccountId: string;
  provisioningState: string;
}

/** ARM id of a workspace, without asking anybody. */
export function workspaceId(ref: WorkspaceRef): string {
  return `/subscriptions/${ref.subscriptionId}/resourceGroups/${ref.resourceGroupName}/providers/Microsoft.MachineLearningServices/workspaces/${ref.workspaceName}`;
}

/** The workspace, or `undefined` when it does not exist. */
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

const cache = new WeakMap<AzureSession, Map<string, Promise<Workspace>>>();

/** The workspace; its addresses do not change, so one answer serves the whole process. Throws `NotFound`. */
export function getWorkspace(session: AzureSession, ref: WorkspaceRef): Promise<Workspace> {
  const known = cache.get(session) ?? new Map<string, Promise<Workspace>>();
  cache.set(session, known);
  const key = workspaceId(ref).toLowerCase();
  let workspace = known.get(key);
  if (!workspace) {
    workspace = findWorkspace(session, ref).then((found) => {
      if (found) return found;
      throw azureMlError("NotFound", {
        what: `workspace "${ref.workspaceName}" in resource group "${ref.resourceGroupName}"`,
        code: "ResourceNotFound",
        detail: `subscription ${ref.subscriptionId}`,
      });
    });
    known.set(key, workspace);
    workspace.catch(() => known.delete(key));
  }
  return workspace;
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
  /** `https://…`, no trailing slash. */
  blobEndpoint: string;
}

/** Where a blob datastore keeps its data: endpoint from the storage account itself where it is the workspace's. */
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
    throw azureMlError("NotFound", { what, code: "ResourceNotFound", detail: "no such datastore" });
  }
  const { datastoreType, accountName, containerName, endpoint, protocol } = resource.properties as Record<
    string,
    string | undefined
  >;
  if (datastoreType !== "AzureBlob" || !accountName || !containerName) {
    throw azureMlError("InvalidInput", {
      property: "datastoreName",
      detail: `${datastoreName} is a ${datastoreType ?? "nameless"} datastore; allowed: AzureBlob`,
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
  if (!account) throw azureMlError("NotFound", { what, code: "ResourceNotFound", detail: "it was deleted" });
  const endpoints = account.properties.primaryEndpoints as { blob?: string } | undefined;
  if (!endpoints?.blob) {
    throw azureMlError("UnexpectedAnswer", {
      what,
      field: "properties.primaryEndpoints.blob",
      requestId: "none",
    });
  }
  return endpoints.blob.replace(/\/+$/, "");
}

/** The datastore's own secret: a SAS or an account key. Never stored, never shown. */
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
