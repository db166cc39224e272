import type { Answer } from "../helpers/testCloud";
import { type MlCloud, WORKSPACE } from "./mlCloud";

/** Path of the data plane of a registry, from its discovery. */
export async function dataPlaneOf({ call }: Pick<MlCloud, "call">, registry: string): Promise<string> {
  const { body } = await call("GET", `/registrymanagement/v1.0/registries/${registry}/discovery`);
  const { primaryRegionResourceProviderUri: uri, subscriptionId, resourceGroup } = body;
  return `${uri}mferp/managementfrontend/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/registries/${registry}`;
}

/** Imports a model version of the test workspace under the same name and version, and waits for it. */
export async function shareModel(
  cloud: Pick<MlCloud, "call" | "finish">,
  { registry, name, version }: { registry: string; name: string; version: string },
): Promise<{ accepted: Answer; ended: Answer }> {
  const { body } = await cloud.call("GET", WORKSPACE);
  const sourceAssetId = `azureml://locations/${body.location}/workspaces/${body.properties.workspaceId}/models/${name}/versions/${version}`;
  const properties = {
    referenceType: "Id",
    destinationName: name,
    destinationVersion: version,
    sourceAssetId,
  };
  const accepted = await cloud.call("POST", `${await dataPlaneOf(cloud, registry)}/import`, { properties });
  return { accepted, ended: await cloud.finish(accepted) };
}
