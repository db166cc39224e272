import type { Facts } from "../fact";

const storage = "Microsoft Learn, rest/api/storageservices";

/** Datastores, blobs and data assets. */
export const DATA_FACTS = {
  "default-datastore": {
    statement:
      "a workspace has the datastore workspaceblobstore in the container azureml-blobstore-<workspace id> of its storage account",
    confidence: "observed",
    source:
      "Microsoft Learn, how-to-datastore: default datastores; the container's name in recordings of Azure/azure-sdk-for-python, sdk/ml",
  },
  "datastore-secret": {
    statement: "listSecrets of the default datastore returns a sasToken or a key",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, _artifacts/_artifact_utilities.py: get_datastore_info",
  },
  "blob-metadata": {
    statement:
      "a blob's PUT is answered with 201 and an ETag, and its metadata and length are read with HEAD",
    confidence: "documented",
    source: `${storage}/put-blob and get-blob-properties`,
  },
  "block-checksum": {
    statement: "a block whose Content-MD5 differs from its content is refused with 400",
    confidence: "documented",
    source: `${storage}/put-block: Md5Mismatch`,
  },
  "uncommitted-blocks": {
    statement: "blocks that are not committed are listed with their ids, and create no blob",
    confidence: "documented",
    source: `${storage}/get-block-list`,
  },
  "data-uri-in-long-form": {
    statement:
      "the short uri of a data version is stored in its long form with subscription, group and workspace",
    confidence: "inferred",
    source: "azure-ai-ml 1.35.2 accepts both; answers in documentation show the long form",
  },
  "data-version-made-again": {
    statement: "a data version that was deleted through ARM can be created again under its name",
    confidence: "inferred",
    source:
      "DataVersions_Delete in Azure/azure-rest-api-specs; Microsoft Learn says that data assets cannot be deleted, only archived",
  },
  "data-access-role-delay": {
    statement: "a new role assignment takes effect on blobs within ten minutes",
    confidence: "documented",
    source: "Microsoft Learn, role-based-access-control/troubleshooting: changes take up to 10 minutes",
  },
  "storage-refuses-keys": {
    statement:
      "a storage account with allowSharedKeyAccess false answers 403 KeyBasedAuthenticationNotPermitted to a shared key and to a SAS signed with one, and accepts Entra ID tokens",
    confidence: "documented",
    source: "Microsoft Learn, storage/common/shared-key-authorization-prevent",
  },
} as const satisfies Facts;
