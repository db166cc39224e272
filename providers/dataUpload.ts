import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

export interface DataUploadArgs {
  workspace: pulumi.Input<WorkspaceRefArgs>;
  /** An Azure Blob datastore of the workspace, e.g. `workspaceblobstore`. */
  datastoreName: pulumi.Input<string>;
  /** The local file, relative to the project root. Not part of the diff: content decides. */
  file: pulumi.Input<string>;
  /** Lower-case hex SHA-256 of the file's bytes. */
  sha256: pulumi.Input<string>;
  /** Folder in the datastore; the blob is `<folder>/<sha256>/<file name>`. */
  folder: pulumi.Input<string>;
  /** What deleting the resource does to the blob: `delete` (default) or `keep`. */
  onDestroy?: pulumi.Input<"delete" | "keep">;
}

/** One local file in the workspace's blob store, addressed by its content. Other content = another blob, made first. */
export class DataUpload extends pulumi.CustomResource {
  /** `azureml://subscriptions/…/datastores/<d>/paths/<folder>/<sha256>/<file name>`; known in preview. */
  declare readonly dataUri: pulumi.Output<string>;
  declare readonly blobUrl: pulumi.Output<string>;
  declare readonly bytes: pulumi.Output<number>;
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: DataUploadArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("DataUpload"),
      name,
      {
        workspace: args.workspace,
        datastoreName: args.datastoreName,
        file: args.file,
        sha256: args.sha256,
        folder: args.folder,
        onDestroy: args.onDestroy ?? "delete",
        dataUri: undefined,
        blobUrl: undefined,
        bytes: undefined,
        __provider: providerText("dataUpload"),
      },
      options,
    );
  }
}
