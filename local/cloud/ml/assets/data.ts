/** Data assets. Their type is the container's type, and their URI never changes. */
import { invalid, type Json, requiredText } from "../../arm/body";
import { dataContainerTypeFixed, dataVersionFixed } from "../../rules/immutability";
import { longDatastoreUri } from "../assetUris";
import type { Workspace } from "../workspace";
import type { AssetKind, VersionContext } from "./assetType";

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
