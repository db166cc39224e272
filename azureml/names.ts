import { createHash } from "node:crypto";

/** What makes one deployment of this program different from every other. */
export interface StackIdentity {
  project: string;
  stack: string;
  subscriptionId: string;
  /** Raised to start afresh under new names while Azure still holds the old ones (soft delete). Default 1. */
  generation?: number;
}

/** Names of what a created workspace consists of. */
export interface WorkspaceNames {
  resourceGroup: string;
  workspace: string;
  storageAccount: string;
  keyVault: string;
  logAnalytics: string;
  applicationInsights: string;
}

/**
 * Physical names are functions of project, stack and subscription: never of the time, so that nothing is made again
 * because time passed, and always found again. Each fits the strictest rule Azure has for its kind.
 */
export function workspaceNames(identity: StackIdentity): WorkspaceNames {
  const hash = stackHash(identity, 8);
  const readable = `${identity.project}-${identity.stack}`;
  return {
    // Up to 90 letters, digits, `-`, `_`, `.`, `(`, `)`, no dot at the end.
    resourceGroup: joinName("rg", readable, hash, 60),
    // 3-33 letters, digits, `-`, `_`.
    workspace: joinName("mlw", readable, hash, 33),
    // 3-24 lower-case letters and digits, unique in the world.
    storageAccount: `st${alphanumeric(readable, 14)}${hash}`,
    // 3-24 letters, digits, single dashes, a letter first, unique in the world.
    keyVault: joinName("kv", readable, hash, 24),
    // 4-63 letters, digits, dashes.
    logAnalytics: joinName("log", readable, hash, 63),
    applicationInsights: joinName("appi", readable, hash, 63),
  };
}

/**
 * Name of the GPU cluster: 3-24 characters, a letter first, not ending in `-` and digits. Deleting and re-creating a
 * cluster under one name keeps its old size in the service, and priority cannot be changed either: both are part of the
 * name, so a change makes another cluster.
 * @param base 2-16 letters, digits, dashes, a letter first.
 */
export function clusterName(identity: StackIdentity, base: string, size: string, tier: string): string {
  return `${base}-s${shortHash([...identityParts(identity), size.toLowerCase(), tier], 6)}`;
}

/** Start of the fine-tuning job's name, which the job completes with a hash of what it trains on. */
export function jobNamePrefix(identity: StackIdentity): string {
  return joinName("finetune", `${identity.project}-${identity.stack}`, stackHash(identity, 6), 64);
}

/**
 * Name of the online endpoint: 3-32 characters, a letter first, unique in the region. The authentication mode is part
 * of it because Azure fixes that mode for an endpoint's life.
 */
export function endpointName(identity: StackIdentity, authMode: string): string {
  return `ultrachat-completion-${shortHash([...identityParts(identity), authMode], 10)}`;
}

/** `Phi-3-mini-4k-instruct` on `HuggingFaceH4/ultrachat_200k` → `Phi-3-mini-4k-instruct-ultrachat-200k`. */
export function registeredModelName(model: string, dataset: string): string {
  return `${assetName(model)}-${datasetSlug(dataset)}`;
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
 * Version of the model a job has made: a whole number of 31 bits, as MLflow's registry wants it. `registration` tells a job
 * that is adopted once more from its first use: going back to an earlier training must not meet the model version of
 * then, which may still be there (kept by choice, or waiting for its deletion).
 */
export function modelVersion(jobName: string, registration = ""): string {
  return String(Number.parseInt(shortHash(registration ? [jobName, registration] : [jobName], 8), 16) >>> 1);
}

/** Name of the deployment of one model version: a new version is deployed beside the old one. */
export function deploymentName(version: string): string {
  return `demo-${version}`;
}

/** `HuggingFaceH4/ultrachat_200k` → `ultrachat-200k`: folder, data asset and model names use it. */
export function datasetSlug(dataset: string): string {
  const slug = (dataset.split("/").pop() ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return slug.replace(/^-+|-+$/g, "").slice(0, 60) || "dataset";
}

/** Folder of the uploaded data. In a shared workspace it is the stack's own, because destroy empties it. */
export function dataFolder(identity: StackIdentity, dataset: string, shared: boolean): string {
  return shared ? `${datasetSlug(dataset)}-${stackHash(identity, 6)}` : datasetSlug(dataset);
}

/** Name of the data asset that holds one split. In a shared workspace it carries the stack's hash. */
export function dataAssetName(
  identity: StackIdentity,
  dataset: string,
  split: string,
  shared: boolean,
): string {
  const name = `${datasetSlug(dataset)}-${split.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase()}`;
  return shared ? `${name}-${stackHash(identity, 6)}` : name;
}

/** The notebook's experiment: `chat_completion_Phi-3-mini-4k-instruct`. */
export function experimentName(model: string): string {
  return `chat_completion_${assetName(model)}`;
}

/** A role assignment's name is a GUID; this one is always the same for what it is for. */
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

/** Tags that say whose a resource is: what bills is found again by them. */
export function ownerTags(identity: StackIdentity): Record<string, string> {
  return { "pulumi-project": identity.project, "pulumi-stack": identity.stack };
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

/** `prefix-readable-hash` with `readable` cut so that the whole fits; letters, digits and single dashes only. */
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
