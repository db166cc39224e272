import type * as pulumi from "@pulumi/pulumi";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface DataUploadArgs {
  workspace: pulumi.Input<WorkspaceRef>;
  /** An Azure Blob datastore of the workspace, e.g. `workspaceblobstore`. */
  datastoreName: pulumi.Input<string>;
  /** The local file, relative to the project root. A new path with the same content is no change. */
  file: pulumi.Input<string>;
  /** SHA-256 of the file's bytes, 64 lower-case hex digits. An upload of other bytes fails with `LocalFileChanged`. */
  sha256: pulumi.Input<string>;
  /**
   * Shell command that writes the file again, run in the project root when the file is absent or has other content.
   * It prints progress on stderr. Without it an absent file fails with `LocalFileMissing`.
   */
  prepareCommand?: pulumi.Input<string>;
  /** Folder in the datastore. The blob is `<folder>/<sha256>/<file name>`. */
  folder: pulumi.Input<string>;
  /** What deleting the resource does with the blob: `delete` (default) or `keep`. */
  onDestroy?: pulumi.Input<"delete" | "keep">;
}

/**
 * One local file in the workspace's blob store, addressed by its content. New content is a new blob, uploaded before the
 * old blob is deleted. A blob that already has the hash is not uploaded again.
 */
export class DataUpload extends DynamicResource {
  /** `azureml://subscriptions/…/datastores/<d>/paths/<folder>/<sha256>/<file name>`; known in preview. */
  declare readonly dataUri: pulumi.Output<string>;
  declare readonly blobUrl: pulumi.Output<string>;
  /** Size of the blob. */
  declare readonly bytes: pulumi.Output<number>;
  declare readonly sha256: pulumi.Output<string>;

  constructor(name: string, args: DataUploadArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "dataUpload",
      name,
      { ...args, onDestroy: args.onDestroy ?? "delete" },
      ["dataUri", "blobUrl", "bytes"],
      options,
    );
  }
}
