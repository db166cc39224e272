import { createHash } from "node:crypto";

/** Identifies one deployment of this program. */
export interface StackIdentity {
  project: string;
  stack: string;
  subscriptionId: string;
  /** Raise it to use new names while Azure still reserves the old ones (soft delete). Default: 1. */
  generation?: number;
}

/** Names of a created workspace and its resources. */
export interface WorkspaceNames {
  resourceGroup: string;
  workspace: string;
  storageAccount: string;
  keyVault: string;
  logAnalytics: string;
  applicationInsights: string;
}

/**
 * Physical names depend only on project, stack, subscription and generation, never on the time. So a crashed
 * run finds its resources again. Each name satisfies Azure's rule for its type.
 */
export function workspaceNames(identity: StackIdentity): WorkspaceNames {
  const hash = stackHash(identity, 8);
  const readable = `${identity.project}-${identity.stack}`;
  return {
    // Up to 90 letters, digits, `-`, `_`, `.`, `(`, `)`, no dot at the end.
    resourceGroup: joinName("rg", readable, hash, 60),
    // 3-33 letters, digits, `-`, `_`.
    workspace: joinName("mlw", readable, hash, 33),
    // 3-24 lower-case letters and digits, globally unique.
    storageAccount: `st${alphanumeric(readable, 14)}${hash}`,
    // 3-24 letters, digits and single dashes, starting with a letter, globally unique.
    keyVault: joinName("kv", readable, hash, 24),
    // 4-63 letters, digits, dashes.
    logAnalytics: joinName("log", readable, hash, 63),
    applicationInsights: joinName("appi", readable, hash, 63),
  };
}

/**
 * Name of the GPU cluster: 3-24 characters, starting with a letter, not ending in `-` and digits. Size and
 * tier are part of the name, so changing one creates another cluster: Azure cannot change the tier of a
 * cluster, and a cluster that is re-created under the same name keeps its old size.
 * @param base 2-16 letters, digits and dashes, starting with a letter.
 */
export function clusterName(identity: StackIdentity, base: string, size: string, tier: string): string {
  return `${base}-s${shortHash([...identityParts(identity), size.toLowerCase(), tier], 6)}`;
}

/** Prefix of the fine-tuning job's name. The job appends a hash of its inputs. */
export function jobNamePrefix(identity: StackIdentity): string {
  return joinName("finetune", `${identity.project}-${identity.stack}`, stackHash(identity, 6), 64);
}

/** The notebook's data set. Names that the notebook chose belong to it only. */
export const notebookDataset = "HuggingFaceH4/ultrachat_200k";

/**
 * Name of the online endpoint: 3-32 characters, starting with a letter, unique in the region. The
 * authentication mode is part of the name because Azure cannot change it for an existing endpoint.
 * @returns the notebook's `ultrachat-completion-<hash>` for the notebook's data set, else `chat-<data set>-<hash>`.
 */
export function endpointName(identity: StackIdentity, authMode: string, dataset: string): string {
  if (dataset === notebookDataset) return formerEndpointName(identity, authMode);
  return joinName("chat", datasetSlug(dataset), endpointHash(identity, authMode), 32);
}

/** The endpoint's name in version 0.1.0, for every data set. */
export function formerEndpointName(identity: StackIdentity, authMode: string): string {
  return `ultrachat-completion-${endpointHash(identity, authMode)}`;
}

function endpointHash(identity: StackIdentity, authMode: string): string {
  return shortHash([...identityParts(identity), authMode], 10);
}

/** `Phi-3-mini-4k-instruct` on `HuggingFaceH4/ultrachat_200k` → `Phi-3-mini-4k-instruct-ultrachat-200k`. */
export function registeredModelName(model: string, dataset: string): string {
  // azure-native accepts letters, digits, `-` and `_`: a dot as in Phi-3.5-mini-instruct would fail after the training.
  return `${model.replace(/[^A-Za-z0-9_-]/g, "-")}-${datasetSlug(dataset)}`;
}

/** The notebook's description of the registered model. */
export function registeredModelDescription(model: string, dataset: string): string {
  return `${model} fine tuned model for ${datasetSlug(dataset).replaceAll("-", " ")} chat-completion`;
}

/** The notebook's description of the endpoint. */
export function endpointDescription(model: string, dataset: string): string {
  return `Online endpoint for ${model}, fine tuned model for ${datasetSlug(dataset)}-chat-completion`;
}

/**
 * Model version of a job: a 31-bit integer, as MLflow's registry requires. `registration` distinguishes a job
 * that is adopted again from its first use: the model version of that first use may still exist (retained, or
 * pending deletion).
 */
export function modelVersion(jobName: string, registration = ""): string {
  return String(Number.parseInt(shortHash(registration ? [jobName, registration] : [jobName], 8), 16) >>> 1);
}

/** Digits of a registration. */
export const registrationDigits = 10;

/**
 * Whether the version of a model registered under this registration has the tags by which later models are compared with it.
 * Models of version 0.1.0, whose registrations have eight digits, keep the tags that they have: an upgrade changes nothing.
 */
export function hasComparisonTags(registration: string | undefined): boolean {
  return registration?.length === registrationDigits;
}

/**
 * Name of the deployment of one model version, 3-32 characters. A new version is deployed beside the old one.
 * @param prefix at most 14 characters: a version has up to ten digits, and a suffix for the VM size seven characters.
 */
export function deploymentName(prefix: string, version: string): string {
  return `${prefix}-${version}`;
}

/**
 * Name of the deployment of one model version on one VM size. Azure does not change the size of a deployment (`instanceType`
 * is create-only: Az.MachineLearningServices, IOnlineDeployment, `Update=false`; Azure/AML-Kubernetes#247), so another size
 * is deployed beside the present one, under a name of its own. A stack that never changed the size keeps the plain name.
 * @param live the endpoint's deployments in Azure. Empty if there is no endpoint yet.
 */
export function deploymentNameFor(
  prefix: string,
  version: string,
  instanceType: string,
  live: readonly { name: string; instanceType: string }[],
): string {
  const plain = deploymentName(prefix, version);
  const other = `${plain}-${shortHash([instanceType.toLowerCase()], 6)}`;
  const found = (name: string) => live.find((deployment) => deployment.name === name);
  const current = found(plain);
  const differs = current !== undefined && current.instanceType.toLowerCase() !== instanceType.toLowerCase();
  return differs || found(other) ? other : plain;
}

/** `HuggingFaceH4/ultrachat_200k` → `ultrachat-200k`, used in folder, data asset and model names. */
export function datasetSlug(dataset: string): string {
  const slug = (dataset.split("/").pop() ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return slug.replace(/^-+|-+$/g, "").slice(0, 60) || "dataset";
}

/**
 * Folder of the uploaded data. In a shared workspace each stack has its own folder, because destroy deletes
 * its contents.
 */
export function dataFolder(identity: StackIdentity, dataset: string, shared: boolean): string {
  return shared ? `${datasetSlug(dataset)}-${stackHash(identity, 6)}` : datasetSlug(dataset);
}

/** Name of the data asset of one split. In a shared workspace it contains the stack's hash. */
export function dataAssetName(
  identity: StackIdentity,
  dataset: string,
  split: string,
  shared: boolean,
): string {
  const name = `${datasetSlug(dataset)}-${split.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase()}`;
  return shared ? `${name}-${stackHash(identity, 6)}` : name;
}

/** The notebook's experiment name: `chat_completion_Phi-3-mini-4k-instruct`. */
export function experimentName(model: string): string {
  return `chat_completion_${assetName(model)}`;
}

/** The name of a role assignment is a GUID. This one depends only on identity and purpose. */
export function roleAssignmentName(identity: StackIdentity, purpose: string): string {
  const hex = shortHash([...identityParts(identity), purpose], 32);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-");
}

/** Name of the assignment that gives the first deployment's identity access to the data. */
export function callerRoleAssignment(identity: StackIdentity): string {
  return roleAssignmentName(identity, "caller-blob-data");
}

/** Name of a user-assigned identity of the stack: 3-128 letters, digits, `-` and `_`. `owner` is the section that uses it. */
export function managedIdentityName(identity: StackIdentity, owner: string): string {
  return joinName("id", `${owner}-${identity.project}-${identity.stack}`, stackHash(identity, 8), 64);
}

/** Names of the tags that identify the owning stack, so that billable resources can be found. */
export const ownerTagNames = { project: "pulumi-project", stack: "pulumi-stack" } as const;

/** The owner tags of a stack. */
export function ownerTags(identity: StackIdentity): Record<string, string> {
  return { [ownerTagNames.project]: identity.project, [ownerTagNames.stack]: identity.stack };
}

/** `prefix-project-stack-hash`, at most 60 characters: letters, digits and single dashes, different for each stack. */
export function shortStackName(prefix: string, identity: StackIdentity): string {
  return joinName(prefix, `${identity.project}-${identity.stack}`, stackHash(identity, 8), 60);
}

function assetName(model: string): string {
  return model.replaceAll("/", "-");
}

function identityParts({ project, stack, subscriptionId, generation }: StackIdentity): string[] {
  return [project, stack, subscriptionId.toLowerCase(), String(generation ?? 1)];
}

function stackHash(identity: StackIdentity, length: number): string {
  return shortHash(identityParts(identity), length);
}

function shortHash(parts: readonly string[], length: number): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, length);
}

/**
 * `prefix-readable-hash` with `readable` shortened to fit. Lower-case letters, digits and single dashes only.
 */
function joinName(prefix: string, readable: string, hash: string, limit: number): string {
  const room = limit - prefix.length - hash.length - 2;
  const middle = readable
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, room)
    .replace(/^-+|-+$/g, "");
  return middle ? `${prefix}-${middle}-${hash}` : `${prefix}-${hash}`;
}

function alphanumeric(text: string, limit: number): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .slice(0, limit);
}
