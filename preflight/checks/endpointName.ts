import { endpointName, formerEndpointName } from "../../azureml/names";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import type { CheckContext } from "./context";

/**
 * The name of the stack's endpoint. Version 0.1.0 named every endpoint after the notebook's data set. An endpoint of that
 * name with a deployment keeps it, because a new name would replace the endpoint and its URL.
 */
export async function chooseEndpointName(
  { config, identity, cloud, report }: Pick<CheckContext, "config" | "identity" | "cloud" | "report">,
  ref: WorkspaceRef,
): Promise<string> {
  const { name, authMode, enabled, identity: managed } = config.endpoint;
  if (name !== undefined) return name;
  // Azure does not change the identity of an endpoint either.
  const mode = managed === "system" ? authMode : `${authMode}/${managed.toLowerCase()}`;
  const chosen = endpointName(identity, mode, config.dataset.name);
  if (managed !== "system") return chosen;
  const former = formerEndpointName(identity, authMode);
  if (chosen === former || !enabled) return chosen;
  const deployments = await report.attempt(report.key("endpoint.name"), () => cloud.deployments(ref, former));
  return deployments?.length ? former : chosen;
}
