import { z } from "zod";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { armDocument, flag, newestFirst, readList, readOne, text, texts } from "./document";

/** What model versions and data versions have in common. Times are ISO 8601, UTC. */
interface AssetVersion {
  /** ARM id. */
  id: string;
  name: string;
  version: string;
  description: string;
  createdAt: string;
  createdBy: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  isArchived: boolean;
}

export interface ModelVersionView extends AssetVersion {
  /** `mlflow_model`, `custom_model` or `triton_model`. */
  type: string;
  /** Address of the model's folder. */
  uri: string;
}

export interface DataVersionView extends AssetVersion {
  /** `uri_file`, `uri_folder` or `mltable`. */
  type: string;
  /** Address of the file or folder in a datastore. */
  uri: string;
}

/** Names of the workspace's models. */
export const listModelNames = (session: AzureSession, ref: WorkspaceRef): Promise<string[]> =>
  listNames(session, ref, "models");

/** Names of the workspace's data assets. */
export const listDataNames = (session: AzureSession, ref: WorkspaceRef): Promise<string[]> =>
  listNames(session, ref, "data");

/** The versions of a model, newest first. Empty if there is no model of this name. */
export async function listModelVersions(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<ModelVersionView[]> {
  const found = await readList(session, ref, versionsOf("models", name), modelDocument);
  return newestFirst(found.map((document) => modelView(name, document)));
}

/** The version of a model, or `undefined` if it does not exist. */
export async function findModelVersion(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  version: string,
): Promise<ModelVersionView | undefined> {
  const found = await readOne(session, ref, versionOf("models", name, version), modelDocument);
  return found && modelView(name, found);
}

/** The versions of a data asset, newest first. Empty if there is no data asset of this name. */
export async function listDataVersions(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<DataVersionView[]> {
  const found = await readList(session, ref, versionsOf("data", name), dataDocument);
  return newestFirst(found.map((document) => dataView(name, document)));
}

/** The version of a data asset, or `undefined` if it does not exist. */
export async function findDataVersion(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  version: string,
): Promise<DataVersionView | undefined> {
  const found = await readOne(session, ref, versionOf("data", name, version), dataDocument);
  return found && dataView(name, found);
}

/** Name and version in the id of a model or data version, of ARM or of a job's input; `undefined` for another id. */
export function assetOfId(id: string): { name: string; version: string } | undefined {
  const [, name, version] = /(?:\/|:)(?:models|data)\/([^/]+)\/versions\/([^/]+)$/.exec(id) ?? [];
  return name && version ? { name, version } : undefined;
}

const members = { description: text, tags: texts, properties: texts, isArchived: flag };
const modelDocument = armDocument(z.object({ ...members, modelType: text, modelUri: text }));
const dataDocument = armDocument(z.object({ ...members, dataType: text, dataUri: text }));

async function listNames(
  session: AzureSession,
  ref: WorkspaceRef,
  kind: "models" | "data",
): Promise<string[]> {
  const found = await readList(session, ref, { below: kind, what: kind }, z.object({ name: z.string() }));
  return found.map(({ name }) => name).sort();
}

const versionsOf = (kind: string, name: string) => ({
  below: `${kind}/${name}/versions`,
  what: `versions of ${kind} "${name}"`,
});

const versionOf = (kind: string, name: string, version: string) => ({
  below: `${kind}/${name}/versions/${version}`,
  what: `${kind} "${name}", version ${version},`,
});

function assetView(
  name: string,
  {
    id,
    name: version,
    systemData,
    properties,
  }: Pick<z.output<typeof dataDocument>, "id" | "name" | "systemData"> & {
    properties: Pick<z.output<typeof dataDocument>["properties"], keyof typeof members>;
  },
): AssetVersion {
  const { description, tags, properties: own, isArchived } = properties;
  return { id, name, version, ...systemData, description, tags, properties: own, isArchived };
}

const modelView = (name: string, document: z.output<typeof modelDocument>): ModelVersionView => ({
  ...assetView(name, document),
  type: document.properties.modelType,
  uri: document.properties.modelUri,
});

const dataView = (name: string, document: z.output<typeof dataDocument>): DataVersionView => ({
  ...assetView(name, document),
  type: document.properties.dataType,
  uri: document.properties.dataUri,
});
