import { azureMlError } from "../errors";
import { apiVersions, armPost } from "./arm";
import { sendBlobRequest } from "./blobRequest";
import { blobError, type ListedBlob, listBlobs, loadStorageClient } from "./blobs";
import { discoverRegistry } from "./registryAddress";
import { type RegistryModelVersion, registryModelId } from "./registryModels";
import type { AzureSession } from "./session";

/** The files of one model version in the registry's storage. */
interface RegistryContainer {
  list(): Promise<ListedBlob[]>;
  read(blobName: string): AsyncIterable<Buffer>;
}

/**
 * Opens the storage of a registry's model version. `POST …/datarefs/<name>/versions/<version>` returns the URL of the
 * container with a SAS that can list and read (azure-ai-ml 1.35.2: `get_storage_details_for_registry_assets`, used by
 * `models.download`). The path in the container is that of the version's `modelUri`.
 * @throws BlobAccessDenied if the registry returns no such URL
 */
export async function openRegistryContainer(
  session: AzureSession,
  model: RegistryModelVersion,
): Promise<RegistryContainer> {
  const { registry, name, version, modelUri } = model;
  const { endpoint, path } = await discoverRegistry(session, registry);
  const answer = (await armPost(
    session,
    {
      endpoint,
      path: `${path}/datarefs/${name}/versions/${version}`,
      apiVersion: apiVersions.registry,
      what: `access to the files of ${model.id}`,
    },
    { assetId: registryModelId(model), blobUri: modelUri },
  )) as { blobReferenceForConsumption?: { blobUri?: string; credential?: Credential } } | undefined;
  const { credential, blobUri } = answer?.blobReferenceForConsumption ?? {};
  const isPublic = /^no_?credentials$/i.test(credential?.credentialType ?? "");
  const url = credential?.sasUri ?? (isPublic && blobUri ? containerUrl(blobUri) : undefined);
  if (!url || !URL.canParse(url) || !URL.canParse(modelUri)) {
    const blob = modelUri || model.id;
    throw azureMlError("BlobAccessDenied", {
      blob,
      detail: `the registry returned ${credential?.credentialType ?? "no credential"} and no address that can be read`,
    });
  }
  const { BlobClient, ContainerClient } = loadStorageClient();
  const container = new ContainerClient(url);
  const base = new BlobClient(modelUri).name;
  const place = { blobEndpoint: new URL(url).origin, containerName: container.containerName };
  const attempt = async <T>(blob: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw blobError(blob, place, error);
    }
  };
  return {
    list: () => attempt(base, () => listBlobs(container, base)),
    read: async function* (name) {
      const answer = await attempt(name, () =>
        sendBlobRequest((options) => container.getBlockBlobClient(name).download(0, undefined, options)),
      );
      if (answer.readableStreamBody) yield* answer.readableStreamBody as AsyncIterable<Buffer>;
    },
  };
}

/** The container of a blob: `https://…/<container>`. */
function containerUrl(blobUri: string): string {
  const { containerName } = new (loadStorageClient().BlobClient)(blobUri);
  return blobUri.slice(0, blobUri.indexOf(`/${containerName}/`) + containerName.length + 1);
}

interface Credential {
  /** `SAS`, `NoCredentials`, `ManagedIdentity` or `DockerCredentials`. */
  credentialType?: string;
  sasUri?: string;
}
