import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import {
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  type StoragePipelineOptions,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { azureMlError, AzureMlError, errorText } from "../errors";
import { delay } from "../http/http";
import { redactedLine } from "../http/redact";
import { uploadBlocks, type BlockUpload, type UploadProgress } from "./blockUpload";
import type { AzureSession } from "./session";
import { type BlobDatastore, getBlobDatastore, listDatastoreSecrets, type WorkspaceRef } from "./workspaces";

/** Data in a datastore, from its long URI. */
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

/** Reads a long data URI; `property` names it in the error. Throws `UnsupportedDataUri`. */
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

interface BlobFacts {
  url: string;
  bytes: number;
  /** Of our own metadata `sha256`; empty where the blob has none. */
  sha256: string;
}

/** One datastore's container; every call tries the Entra token first and the datastore's own secret second. */
export interface BlobStore {
  datastore: BlobDatastore;
  facts(path: string): Promise<BlobFacts | undefined>;
  /** Errors: LocalFileChanged, and the store's. */
  upload(path: string, upload: Omit<BlockUpload, "contentType">): Promise<UploadProgress>;
  delete(path: string): Promise<void>;
  /** Lines of a text blob, streamed. Throws `BlobNotFound`. */
  lines(path: string): AsyncIterable<string>;
}

const roleWaitMs = 10_000;

const pipelineOptions: StoragePipelineOptions = {
  retryOptions: { maxTries: 5, retryDelayInMs: 500, maxRetryDelayInMs: 8_000, tryTimeoutInMs: 120_000 },
};

interface BlobStoreOptions {
  /**
   * How long to wait for a role that was granted a moment ago to take effect, when neither token nor secret works;
   * default 0.
   */
  accessWaitMs?: number;
  /** Told once when that wait begins. */
  onWait?(detail: string): void;
}

/** Opens the container behind a blob datastore. No request to the blob service yet. */
export async function openBlobStore(
  session: AzureSession,
  ref: WorkspaceRef,
  datastoreName: string,
  options: BlobStoreOptions = {},
): Promise<BlobStore> {
  const datastore = await getBlobDatastore(session, ref, datastoreName);
  const tokenContainer = new BlobServiceClient(datastore.blobEndpoint, session.credential, {
    ...pipelineOptions,
    audience: session.cloud.storageScope,
  }).getContainerClient(datastore.containerName);
  let container: ContainerClient = tokenContainer;

  async function attempt<T>(path: string, work: (blob: BlockBlobClient) => Promise<T>): Promise<T> {
    try {
      return await work(container.getBlockBlobClient(path));
    } catch (error) {
      if (!isDenied(error) || container !== tokenContainer) throw blobError(path, datastore, error);
      const fallback = await secretContainer(session, ref, datastore, path, error);
      try {
        const result = await work(fallback.getBlockBlobClient(path));
        container = fallback;
        return result;
      } catch (again) {
        throw blobError(path, datastore, again);
      }
    }
  }

  async function withAccess<T>(path: string, work: (blob: BlockBlobClient) => Promise<T>): Promise<T> {
    const deadline = Date.now() + (options.accessWaitMs ?? 0);
    for (let told = false; ; told = true) {
      try {
        return await attempt(path, work);
      } catch (error) {
        const denied = error instanceof AzureMlError && error.code === "BlobAccessDenied";
        if (!denied || Date.now() > deadline) throw error;
        if (!told) options.onWait?.(error.message);
        await delay(roleWaitMs);
      }
    }
  }

  return {
    datastore,
    facts: (path) =>
      withAccess(path, async (blob) => {
        try {
          const found = await blob.getProperties();
          return {
            url: plainUrl(datastore, path),
            bytes: found.contentLength ?? 0,
            sha256: found.metadata?.sha256 ?? "",
          };
        } catch (error) {
          if (httpStatus(error) === 404) return undefined;
          throw error;
        }
      }),
    upload: (path, upload) =>
      withAccess(path, (blob) => uploadBlocks(blob, { ...upload, contentType: "application/x-ndjson" })),
    delete: (path) =>
      withAccess(path, async (blob) => {
        await blob.deleteIfExists({ deleteSnapshots: "include" });
      }),
    lines: async function* (path) {
      const body = await withAccess(path, async (blob) => (await blob.download()).readableStreamBody);
      if (!body) return;
      try {
        yield* readLines(body as Readable);
      } catch (error) {
        throw blobError(path, datastore, error);
      }
    },
  };
}

/** Splits a stream into lines; unlike readline it passes the stream's errors on. */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.write(chunk)).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decoder.end();
  if (rest) yield rest;
}

/** The same container by the datastore's SAS or key: for identities without a data role of their own. */
async function secretContainer(
  session: AzureSession,
  ref: WorkspaceRef,
  datastore: BlobDatastore,
  path: string,
  denied: unknown,
): Promise<ContainerClient> {
  const { blobEndpoint, accountName, containerName } = datastore;
  try {
    const secret = await listDatastoreSecrets(session, ref, datastore.name);
    if (!secret) throw new Error("the datastore keeps no secret");
    const service =
      "sasToken" in secret
        ? new BlobServiceClient(
            `${blobEndpoint}?${secret.sasToken.replace(/^\?/, "")}`,
            undefined,
            pipelineOptions,
          )
        : new BlobServiceClient(
            blobEndpoint,
            new StorageSharedKeyCredential(accountName, secret.accountKey),
            pipelineOptions,
          );
    return service.getContainerClient(containerName);
  } catch (error) {
    throw azureMlError(
      "BlobAccessDenied",
      {
        blob: plainUrl(datastore, path),
        detail: redactedLine(`${storageErrorText(denied)}; datastore secret: ${errorText(error)}`, 400),
      },
      { cause: error },
    );
  }
}

const plainUrl = (datastore: BlobDatastore, path: string): string =>
  `${datastore.blobEndpoint}/${datastore.containerName}/${path}`;

function httpStatus(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" ? status : undefined;
}

function isDenied(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 401 || status === 403;
}

function storageErrorText(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return `${typeof code === "string" ? `${code}: ` : ""}${redactedLine(errorText(error).split("\n")[0] ?? "", 250)}`;
}

function blobError(path: string, datastore: BlobDatastore, error: unknown): Error {
  if (error instanceof AzureMlError) return error;
  const blob = plainUrl(datastore, path);
  const status = httpStatus(error);
  if (status === 404) return azureMlError("BlobNotFound", { blob }, { cause: error });
  if (isDenied(error)) {
    return azureMlError("BlobAccessDenied", { blob, detail: storageErrorText(error) }, { cause: error });
  }
  if (status === undefined) {
    return azureMlError(
      "NotReachable",
      { what: "blob store", host: new URL(datastore.blobEndpoint).host, detail: storageErrorText(error) },
      { cause: error },
    );
  }
  return azureMlError(
    "ServiceFailed",
    {
      what: blob,
      status,
      code: String((error as { code?: unknown }).code ?? "Unknown"),
      detail: storageErrorText(error),
      requestId: String((error as { request?: { requestId?: string } }).request?.requestId ?? "unknown"),
    },
    { cause: error },
  );
}
