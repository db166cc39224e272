import { ArmError } from "../armError";
import type { ArmResource, BlobPath, Cloud } from "../cloud";
import type { Workspace } from "./workspace";

/** The parsed forms in which a client refers to data, models and job outputs. */
type AssetUri =
  | { kind: "datastore"; workspace: WorkspaceNames | undefined; datastore: string; path: string }
  | {
      kind: "asset";
      type: "data" | "models";
      workspace: WorkspaceNames | undefined;
      name: string;
      version: string;
    }
  | { kind: "jobOutput"; job: string; output: string; path: string }
  | { kind: "registry"; type: string; registry: string; name: string; version: string }
  | { kind: "blob"; url: URL };

interface WorkspaceNames {
  subscription: string;
  group: string;
  name: string;
}

const IN_WORKSPACE =
  "subscriptions/(?<subscription>[^/]+)/resourcegroups/(?<group>[^/]+)(?:/providers/[^/]+)?/workspaces/(?<workspace>[^/]+)";
const DATASTORE = new RegExp(
  `^azureml://(?:${IN_WORKSPACE}/)?datastores/(?<datastore>[^/]+)/paths/(?<path>.+)$`,
  "i",
);
const ARM_ASSET = new RegExp(
  `^(?:azureml:/*)?/?${IN_WORKSPACE}/(?<type>data|models)/(?<name>[^/]+)/versions/(?<version>[^/]+)$`,
  "i",
);
const SHORT_ASSET = /^azureml:(?<name>[^:/]+):(?<version>[^:/]+)$/i;
const JOB_OUTPUT = /^azureml:\/\/jobs\/(?<job>[^/]+)\/outputs\/(?<output>[^/]+)(?:\/paths\/(?<path>.*))?$/i;
const RUN_OUTPUT = /^runs:\/(?<job>[^/]+)\/(?<output>[^/]+)/i;
const REGISTRY =
  /^azureml:\/\/registries\/(?<registry>[^/]+)\/(?<type>[^/]+)\/(?<name>[^/]+)\/versions\/(?<version>[^/]+)$/i;

/** `shortForm`: the asset type that `azureml:name:1` refers to. Undefined for a text of no known form. */
export function parseAssetUri(text: string, shortForm: "data" | "models"): AssetUri | undefined {
  const read = (pattern: RegExp): Record<string, string | undefined> | undefined =>
    pattern.exec(text)?.groups;
  let found = read(DATASTORE);
  if (found) {
    const { datastore = "", path = "" } = found;
    return { kind: "datastore", workspace: names(found), datastore, path: trimSlashes(path) };
  }
  found = read(REGISTRY);
  if (found) {
    const { registry = "", type = "", name = "", version = "" } = found;
    return { kind: "registry", type: type.toLowerCase(), registry, name, version };
  }
  found = read(JOB_OUTPUT) ?? read(RUN_OUTPUT);
  if (found) {
    const { job = "", output = "", path = "" } = found;
    return { kind: "jobOutput", job, output, path: trimSlashes(path) };
  }
  found = read(ARM_ASSET) ?? read(SHORT_ASSET);
  if (found) {
    const { type = shortForm, name = "", version = "" } = found;
    const kindOfAsset = type.toLowerCase() === "data" ? "data" : "models";
    return { kind: "asset", type: kindOfAsset, workspace: names(found), name, version };
  }
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return { kind: "blob", url: new URL(text) };
  return undefined;
}

function names(found: Record<string, string | undefined>): WorkspaceNames | undefined {
  const { subscription, group = "", workspace = "" } = found;
  return subscription === undefined ? undefined : { subscription, group, name: workspace };
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** A segment `..`, also percent-encoded. */
const PARENT = /(^|[/\\]|%2f|%5c)(\.|%2e){2}([/\\?]|%2f|%5c|$)/i;

/**
 * Clients resolve `..` in an address before they send it, so such a path names a blob of another folder or container.
 * @throws ArmError 400 that names the property and the URI
 */
export function requireNoParent(uri: string, property: string): void {
  if (!PARENT.test(uri)) return;
  const message = `${property} is "${uri}": a path must not contain "..".`;
  throw new ArmError(400, "UserError", message, { target: property });
}

/** Finds the bytes behind a data URI. @throws ArmError 400 naming the property and what is missing */
export function resolveDataUri(cloud: Cloud, workspace: Workspace, uri: string, property: string): BlobPath {
  requireNoParent(uri, property);
  const parsed = parseAssetUri(uri, "data");
  const refuse = (problem: string): never => {
    throw new ArmError(400, "UserError", `${property} is "${uri}": ${problem}`, { target: property });
  };
  switch (parsed?.kind) {
    case "datastore":
      inThisWorkspace(parsed.workspace, workspace, refuse);
      return (
        datastorePath(cloud, workspace, parsed.datastore, parsed.path) ??
        refuse(`workspace ${workspace.name} has no datastore "${parsed.datastore}".`)
      );
    case "asset": {
      if (parsed.type !== "data") return refuse("a data asset is required here, not a model.");
      inThisWorkspace(parsed.workspace, workspace, refuse);
      const asset = cloud.resources.get(`${workspace.id}/data/${parsed.name}/versions/${parsed.version}`);
      const dataUri = asset?.properties["dataUri"];
      if (typeof dataUri !== "string")
        return refuse(
          `there is no data asset ${parsed.name}:${parsed.version} in workspace ${workspace.name}.`,
        );
      return resolveDataUri(cloud, workspace, dataUri, property);
    }
    case "blob":
      return blobOf(parsed.url) ?? refuse("the URL does not name a blob.");
    default:
      return refuse(
        "allowed are a data asset (its ARM id, or azureml:<name>:<version>), azureml://datastores/<datastore>/paths/<path>, its long form, or a blob URL.",
      );
  }
}

function inThisWorkspace(
  named: WorkspaceNames | undefined,
  workspace: Workspace,
  refuse: (problem: string) => never,
): void {
  if (named && named.name.toLowerCase() !== workspace.name.toLowerCase()) {
    refuse(`it is in workspace ${named.name}, but the job is in ${workspace.name}.`);
  }
}

export function datastorePath(
  cloud: Cloud,
  workspace: Workspace,
  datastore: string,
  path: string,
): BlobPath | undefined {
  const found = cloud.resources.get(`${workspace.id}/datastores/${datastore}`);
  const { accountName, containerName } = found?.properties ?? {};
  if (typeof accountName !== "string" || typeof containerName !== "string") return undefined;
  return { account: accountName, container: containerName, path };
}

export function blobFolder(cloud: Cloud, workspace: Workspace, uri: string): BlobPath | undefined {
  const parsed = parseAssetUri(uri, "data");
  return parsed?.kind === "datastore"
    ? datastorePath(cloud, workspace, parsed.datastore, parsed.path)
    : undefined;
}

/**
 * Parses `https://account.blob.suffix/container/path`, also with the account as first segment of the path.
 */
function blobOf(url: URL): BlobPath | undefined {
  const segments = decodeURIComponent(url.pathname).split("/").filter(Boolean);
  const hostAccount = /^([a-z0-9]+)\.blob\./i.exec(url.hostname)?.[1];
  const account = hostAccount ?? segments.shift();
  const container = segments.shift();
  if (!account || !container || segments.length === 0) return undefined;
  return { account, container, path: segments.join("/") };
}

/** The long form that the service stores: `azureml://subscriptions/…/datastores/{d}/paths/{path}`. */
export function longDatastoreUri(workspace: Workspace, datastore: string, path: string): string {
  const { subscription, group, name } = workspace;
  return `azureml://subscriptions/${subscription}/resourcegroups/${group}/workspaces/${name}/datastores/${datastore}/paths/${path}`;
}

/** By ARM id or `azureml:name:version`. */
export function registeredModel(cloud: Cloud, workspace: Workspace, id: string): ArmResource | undefined {
  const parsed = parseAssetUri(id, "models");
  if (parsed?.kind !== "asset" || parsed.type !== "models") return undefined;
  if (parsed.workspace && parsed.workspace.name.toLowerCase() !== workspace.name.toLowerCase())
    return undefined;
  return cloud.resources.get(`${workspace.id}/models/${parsed.name}/versions/${parsed.version}`);
}
