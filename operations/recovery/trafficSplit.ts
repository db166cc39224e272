import type { StateResource } from "./deployment";
import { nativeAddress } from "./nativeIds";
import { ownershipProblem } from "./ownership";
import { settled, type SettledOptions } from "./settled";
import type { Examined } from "./takeOver";

/** The traffic split of an endpoint: a part of the endpoint in Azure, a resource of its own in the state. */
export const isSplit = ({ type }: StateResource): boolean => type === "pulumi-nodejs:dynamic/azureml:Traffic";

interface SplitInputs {
  workspace?: Record<string, unknown>;
  endpointName?: string;
  settings?: { tags?: unknown };
}

/**
 * Looks for a split whose creation an earlier run has begun. Azure deletes no deployment that receives traffic, and only the split's
 * deletion ends the traffic: a state with the deployment and without the split cannot be destroyed.
 */
export async function examineSplit(
  resource: StateResource,
  options: SettledOptions & { subscriptionId: string },
): Promise<Examined> {
  const { workspace, endpointName = "", settings } = (resource.inputs ?? {}) as SplitInputs;
  const type = "azure-native:machinelearningservices:OnlineEndpoint";
  const address = nativeAddress(type, { ...workspace, endpointName }, options.subscriptionId);
  const title = `traffic of endpoint ${endpointName}`;
  const live = address && (await settled(address, options));
  const shares = Object.values((live?.properties.traffic ?? {}) as Record<string, number>);
  if (!live || !shares.some((share) => share > 0)) return { title };
  const problem = ownershipProblem({ tags: settings?.tags }, live);
  if (problem) return { title, problem: `${title} (${problem}; ${live.id})` };
  // As the provider records it.
  return {
    title,
    found: { resource, id: `${endpointName}/traffic`, outputs: resource.inputs ?? {} },
  };
}
