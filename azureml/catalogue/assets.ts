import type { Entry } from "./entry";

/** Errors of registry assets and data. */
export const assetErrors = {
  // Registry.
  RegistryNotFound: {
    message: 'registry: registry "{registry}" does not exist ({detail})',
    remedy: "Check the registry's name (the notebook uses azureml).",
  },
  AssetNotFound: {
    message: '{what}: "{name}" has no version {version} in registry {registry}; newest versions: {available}',
    remedy: 'Set one of these versions, or "latest".',
  },

  SharedModelDiffers: {
    message: "model.shareTo: {model} has other content than the model of this stack ({detail})",
    remedy:
      "Nothing was replaced. Set another model.name, or find out who shared that version; a registry's versions do not change.",
  },
  ModelWithoutFiles: {
    message: "model: {where} contains no files",
    remedy: "Its files were deleted from the storage. Restore them (soft delete), or use another version.",
  },

  // Data.
  LocalFileMissing: {
    message: "file: {file} does not exist",
    remedy:
      "Run `node dist/scripts/download-dataset.js --help`, and with the options of the stack's data set. Then run `up` again.",
  },
  PreparationFailed: {
    message: "file: {file} is absent or has other content, and the data step failed ({detail})",
    remedy: "Correct the cause given above and run `up` again. The command was: {command}",
  },
  SourceChanged: {
    message:
      "sha256: this stack is pinned to {file} with {expected}, but the data step now writes {actual} from the same settings",
    remedy:
      "The content at the source has changed. Restore it, or change dataset.revision (for your own files: the files) to use the new content, which trains again.",
  },
  LocalFileChanged: {
    message: "sha256: {file} has {actual}, expected {expected}",
    remedy: "The file changed while it was in use. Run `up` again to prepare and hash the data again.",
  },
  UploadUnverified: {
    message: "{blob}: after the upload the blob store reports {actual}, expected {expected}",
    remedy: "Run `up` again to upload the file again.",
  },
  BlobAccessDenied: {
    message: "{blob}: access is denied to the current identity and to the datastore's own key ({detail})",
    remedy: "Assign this identity the role Storage Blob Data Contributor on the workspace's storage account.",
  },
  BlobNotFound: {
    message: "{blob}: the blob does not exist",
    remedy: "Run `refresh` and then `up`, which uploads missing data.",
  },
  UnsupportedDataUri: {
    message:
      "{property}: {uri} is not a data URI of an Azure Blob datastore; allowed: azureml://subscriptions/…/datastores/…/paths/…",
    remedy: "Use the long form of the data URI.",
  },
} as const satisfies Record<string, Entry>;
