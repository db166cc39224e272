import { stringValues } from "../records";
import { apiVersions, armGet } from "./arm";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** A model version of a workspace. */
export interface ModelVersion {
  /** ARM id. */
  id: string;
  tags: Record<string, string>;
  properties: Record<string, string>;
  /** `azureml://subscriptions/…/datastores/<datastore>/paths/<path>`. */
  modelUri: string;
  /** `mlflow_model`, `custom_model` or `triton_model`. */
  modelType: string;
  isArchived: boolean;
}

/** The version, or `undefined` if it does not exist. */
export async function findModelVersion(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  version: string,
): Promise<ModelVersion | undefined> {
  const found = await armGet(session, {
    path: `${workspaceId(ref)}/models/${name}/versions/${version}`,
    apiVersion: apiVersions.machineLearning,
    what: `model "${name}", version ${version}, of workspace "${ref.workspaceName}"`,
  });
  if (!found) return undefined;
  const { tags, properties, modelUri, modelType, isArchived } = found.properties;
  return {
    id: found.id,
    tags: stringValues(tags),
    properties: stringValues(properties),
    modelUri: typeof modelUri === "string" ? modelUri : "",
    modelType: typeof modelType === "string" ? modelType : "",
    isArchived: isArchived === true,
  };
}
