import { apiVersions, armGet } from "./arm";
import { getOnlineEndpoint } from "./onlineEndpoints";
import { findRegistryModel, registryRefOf } from "./registryModels";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** The registered model that answers an endpoint's requests. */
export interface ServedModel {
  deployment: string;
  name: string;
  version: string;
  /** Registry that contains it. Absent for a version of the workspace. */
  registry?: string;
  /** Tags of the model version. */
  tags: Record<string, string>;
}

/** The model behind the deployment with the largest share of the traffic; `undefined` if no registered model serves. */
export async function getServedModel(
  session: AzureSession,
  ref: WorkspaceRef,
  endpointName: string,
): Promise<ServedModel | undefined> {
  const endpoint = await getOnlineEndpoint(session, ref, endpointName);
  const [first] = Object.entries(endpoint?.traffic ?? {}).sort(([, a], [, b]) => b - a);
  if (!first || first[1] <= 0) return undefined;
  const [deployment] = first;
  const read = (path: string, what: string) =>
    armGet(session, {
      path: `${workspaceId(ref)}/${path}`,
      apiVersion: apiVersions.machineLearning,
      what,
    });
  const found = await read(
    `onlineEndpoints/${endpointName}/deployments/${deployment}`,
    `deployment "${deployment}"`,
  );
  const ofRegistry = registryRefOf(String(found?.properties.model));
  if (ofRegistry) {
    const model = await findRegistryModel(session, ofRegistry);
    if (!model) return undefined;
    const { registry, name, version, tags } = model;
    return { deployment, registry, name, version, tags };
  }
  const [, name, version] =
    /\/models\/([^/]+)\/versions\/([^/]+)$/.exec(String(found?.properties.model)) ?? [];
  if (name === undefined || version === undefined) return undefined;
  const model = await read(`models/${name}/versions/${version}`, `model "${name}", version ${version}`);
  if (!model) return undefined;
  return { deployment, name, version, tags: (model.properties.tags ?? {}) as Record<string, string> };
}
