import type { Azure } from "./azure";
import { textAt } from "./json";
import { NotSettled } from "./verdict";

/** Address of the run history: from the workspace's discovery document. `path` is below the workspace. */
export async function historyUrl(azure: Azure, path: string): Promise<string> {
  const { body } = await azure.call("GET", azure.paths.workspace);
  const discovery = await azure.call("GET", textAt(body, "properties.discoveryUrl"), undefined, {
    scope: "",
  });
  const api = textAt(discovery.body, "api").replace(/\/+$/, "");
  if (!api) throw new NotSettled(`the discovery document has no api (${discovery.status})`);
  return `${api}/history/v1.0${azure.paths.workspace}/${path}`;
}

/** Address of MLflow's API: from the workspace. */
export async function mlflowUrl(azure: Azure, path: string): Promise<string> {
  const { body } = await azure.call("GET", azure.paths.workspace);
  const uri = textAt(body, "properties.mlFlowTrackingUri");
  if (!uri) throw new NotSettled("the workspace has no mlFlowTrackingUri");
  return `${uri.replace(/^azureml:/, "https:").replace(/[?/]+$/, "")}/api/2.0/mlflow/${path}`;
}

/** How a request to run history is sent. */
export const history = ({ session }: Azure) => ({
  scope: session.cloud.armScope,
  query: { "api-version": "v1.0" },
});
