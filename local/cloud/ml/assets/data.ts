/** Data assets. Their type is the container's type, and their URI never changes. */
import { invalid, type Json, requiredText } from "../../arm/body";
import { dataContainerTypeFixed, dataVersionFixed } from "../../rules/immutability";
import { longDatastoreUri, requireNoParent } from "../assetUris";
import type { Workspace } from "../workspace";
import type { AssetKind, VersionContext } from "./assetType";

const REMOTE = /^(azureml:|(https?|wasbs?|abfss?|adl):\/\/)/i;
const DATA_TYPES = ["uri_file", "uri_folder", "mltable"];

export const DATA: AssetKind = {
  segment: "data",
  stateless: true,
  container: (requested, existing, name) => {
    const dataType = dataTypeOf(requested);
    dataContainerTypeFixed(name, existing?.properties["dataType"], dataType);
    return { dataType };
  },
  version: (context) => {
    const { requested, existing, workspace, asset, name, cloud } = context;
    const dataType = dataTypeOf(requested);
    dataContainerTypeFixed(
      asset,
      cloud.resources.get(`${workspace.id}/data/${asset}`)?.properties["dataType"],
      dataType,
    );
    const dataUri = longDataUri(requiredText(requested, "dataUri", "properties.dataUri"), workspace);
    requireRemote(dataUri);
    requireDatastore(context, dataUri);
    if (existing) dataVersionFixed({ asset, version: name }, existing.properties, { dataUri, dataType });
    return { properties: { dataType, dataUri } };
  },
};

function dataTypeOf(requested: Json): string {
  return requiredText(requested, "dataType", "properties.dataType", DATA_TYPES);
}

/** The long form of a datastore path, which the service stores. Other addresses are stored unchanged. */
function longDataUri(dataUri: string, workspace: Workspace): string {
  const [, datastore = "", path = ""] = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.+)$/i.exec(dataUri) ?? [];
  return datastore === "" ? dataUri : longDatastoreUri(workspace, datastore, path);
}

/**
 * A service reads no path of a client's machine: clients upload such files first (Microsoft Learn, how-to-create-data-assets:
 * supported paths). Status and code are inferred.
 */
function requireRemote(dataUri: string): void {
  requireNoParent(dataUri, "properties.dataUri");
  if (REMOTE.test(dataUri)) return;
  throw invalid(
    "UserError",
    `properties.dataUri is "${dataUri}". Allowed are azureml://, https://, http://, wasbs://, abfss:// and adl:// addresses. Upload local files to a datastore first.`,
    "properties.dataUri",
  );
}

function requireDatastore({ cloud, workspace }: VersionContext, dataUri: string): void {
  const datastore = /\/datastores\/([^/]+)\//i.exec(dataUri)?.[1];
  if (!dataUri.toLowerCase().startsWith("azureml://") || !datastore) return;
  if (cloud.resources.get(`${workspace.id}/datastores/${datastore}`)) return;
  throw invalid(
    "UserError",
    `properties.dataUri names the datastore '${datastore}', which the workspace does not have.`,
    "properties.dataUri",
  );
}
