import { azureMlError } from "../errors";
import type { WorkspaceRef } from "./workspaces";

/** Location of data in a datastore, parsed from its long URI. */
interface DataLocation {
  workspace: WorkspaceRef;
  datastoreName: string;
  path: string;
}

/** `azureml://subscriptions/…/resourcegroups/…/workspaces/…/datastores/<d>/paths/<path>`. */
export function dataUri(location: DataLocation): string {
  const { subscriptionId, resourceGroupName, workspaceName } = location.workspace;
  return `azureml://subscriptions/${subscriptionId}/resourcegroups/${resourceGroupName}/workspaces/${workspaceName}/datastores/${location.datastoreName}/paths/${location.path}`;
}

/** Parses a long data URI. `property` names it in the error. Throws `UnsupportedDataUri`. */
export function parseDataUri(uri: string, property: string): DataLocation {
  const match =
    /^azureml:\/\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/(?:providers\/microsoft\.machinelearningservices\/)?workspaces\/([^/]+)\/datastores\/([^/]+)\/paths\/(.+)$/i.exec(
      uri,
    );
  if (!match) throw azureMlError("UnsupportedDataUri", { property, uri });
  const [subscriptionId, resourceGroupName, workspaceName, datastoreName, path] = match.slice(1) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { workspace: { subscriptionId, resourceGroupName, workspaceName }, datastoreName, path };
}
