import { StringDecoder } from "node:string_decoder";
import type { BlockBlobClient, ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import { azureMlError, AzureMlError, errorText } from "../errors";
import { delay } from "../http/http";
import { redactedLine } from "../http/redact";
import { sendBlobRequest } from "./blobRequest";
import { uploadBlocks, type BlockUpload, type UploadProgress } from "./blockUpload";
import type { AzureSession } from "./session";
import { type BlobDatastore, getBlobDatastore, listDatastoreSecrets, type WorkspaceRef } from "./workspaces";

interface BlobFacts {
  url: string;
  bytes: number;
  /** From our metadata field `sha256`. Empty if the blob has none. */
  sha256: string;
}

/** A blob below a path. */
export interface ListedBlob {
  /** Complete, in its container. */
  name: string;
  /** Relative to the listed path; the blob's last segment if the path is a blob itself. */
  path: string;
  bytes: number;
  /** `Content-MD5` in base64. Empty if the store has none, as for blobs that a client wrote in blocks without it. */
  md5: string;
}

/** The container of one datastore. Every call uses the Entra token first, then the datastore's secret. */
export interface BlobStore {
  datastore: BlobDatastore;
  facts(path: string): Promise<BlobFacts | undefined>;
  /** Throws `LocalFileChanged` and storage errors. */
  upload(path: string, upload: Omit<BlockUpload, "contentType">): Promise<UploadProgress>;
  delete(path: string): Promise<void>;
  /** All files below a path, or the file at it. Empty if there is none. */
  list(path: string): Promise<ListedBlob[]>;
  /** Streams a blob. Throws `BlobNotFound`. */
  read(path: string): AsyncIterable<Buffer>;
  /** Streams the lines of a text blob. Throws `BlobNotFound`. */
  lines(path: string): AsyncIterable<string>;
}

/** Loaded on first use: it needs 0.3 s of CPU time, and a run without changes sends no blob request. */
export function loadStorageClient(): typeof import("@azure/storage-blob") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("@azure/storage-blob") as typeof import("@azure/storage-blob");
}

const roleWaitMs = 10_000;

const pipelineOptions: StoragePipelineOptions = {
  retryOptions: { maxTries: 5, retryDelayInMs: 500, maxRetryDelayInMs: 8_000, tryTimeoutInMs: 120_000 },
};

interface BlobStoreOptions {
  /**
   * Time in ms to wait for a new role assignment to take effect if neither token nor secret is accepted.
   * Default: 0.
   */
  accessWaitMs?: number;
  /** Called once when that wait starts. */
  onWait?(detail: string): void;
}

/** Opens the container of a blob datastore. Sends no request to the blob service yet. */
export async function openBlobStore(
  session: AzureSession,
  ref: WorkspaceRef,
  datastoreName: string,
  options: BlobStoreOptions = {},
): Promise<BlobStore> {
  const datastore = await getBlobDatastore(session, ref, datastoreName);
  const { BlobServiceClient } = loadStorageClient();
  const tokenContainer = new BlobServiceClient(datastore.blobEndpoint, session.credential, {
    ...pipelineOptions,
    audience: session.cloud.storageScope,
  }).getContainerClient(datastore.containerName);
  let container: ContainerClient = tokenContainer;

  async function attempt<T>(path: string, work: (container: ContainerClient) => Promise<T>): Promise<T> {
    try {
      return await work(container);
    } catch (error) {
      if (!isDenied(error) || container !== tokenContainer) throw blobError(path, datastore, error);
      const fallback = await secretContainer(session, ref, datastore, path, error);
      try {
        const result = await work(fallback);
        container = fallback;
        return result;
      } catch (again) {
        throw blobError(path, datastore, again);
      }
    }
  }

  async function withContainer<T>(
    path: string,
    work: (container: ContainerClient) => Promise<T>,
  ): Promise<T> {
    const deadline = Date.now() + (options.accessWaitMs ?? 0);
    for (let notified = false; ; notified = true) {
      try {
        return await attempt(path, work);
      } catch (error) {
        const denied = error instanceof AzureMlError && error.code === "BlobAccessDenied";
        if (!denied || Date.now() > deadline) throw error;
        if (!notified) options.onWait?.(error.message);
        await delay(roleWaitMs);
      }
    }
  }

  const withAccess = <T>(path: string, work: (blob: BlockBlobClient) => Promise<T>): Promise<T> =>
    withContainer(path, (opened) => work(opened.getBlockBlobClient(path)));

  async function* read(path: string): AsyncGenerator<Buffer> {
    const body = await withAccess(path, async (blob) => {
      const answer = await sendBlobRequest((options) => blob.download(0, undefined, options));
      return answer.readableStreamBody;
    });
    if (!body) return;
    try {
      yield* body as AsyncIterable<Buffer>;
    } catch (error) {
      throw blobError(path, datastore, error);
    }
  }

  return {
    datastore,
    list: (path) => withContainer(path, (opened) => listBlobs(opened, path)),
    read,
    facts: (path) =>
      withAccess(path, async (blob) => {
        try {
          const found = await sendBlobRequest((options) => blob.getProperties(options));
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
      withContainer(path, async (opened) => {
        const send = (): Promise<UploadProgress> =>
          uploadBlocks(opened.getBlockBlobClient(path), { ...upload, contentType: "application/x-ndjson" });
        try {
          return await send();
        } catch (error) {
          if ((error as { code?: unknown }).code !== "ContainerNotFound") throw error;
          // The storage account was deleted and created again. Only the creation of a workspace creates the container.
          await sendBlobRequest((options) => opened.createIfNotExists(options));
          return send();
        }
      }),
    delete: (path) =>
      withAccess(path, async (blob) => {
        await sendBlobRequest((options) => blob.deleteIfExists({ ...options, deleteSnapshots: "include" }));
      }),
    lines: (path) => readLines(read(path)),
  };
}

/**
 * All files below a path of a container. Markers of folders are left out: blobs of no bytes that mounted file systems write,
 * with the metadata `hdi_isfolder` (azure-ai-ml 1.35.2, `_blob_is_hdi_folder`).
 */
export async function listBlobs(container: ContainerClient, path: string): Promise<ListedBlob[]> {
  const base = path.replace(/\/+$/, "");
  const found: ListedBlob[] = [];
  for await (const blob of container.listBlobsFlat({ prefix: base, includeMetadata: true })) {
    const { contentLength: bytes = 0, contentMD5 } = blob.properties;
    const folder = Object.entries(blob.metadata ?? {}).some(
      ([name, value]) => name.toLowerCase() === "hdi_isfolder" && value.toLowerCase() === "true",
    );
    const inside = blob.name === base || blob.name.startsWith(`${base}/`);
    if (folder || !inside || blob.name.endsWith("/")) continue;
    const relative = blob.name === base ? (base.split("/").at(-1) ?? base) : blob.name.slice(base.length + 1);
    const md5 = contentMD5 ? Buffer.from(contentMD5).toString("base64") : "";
    found.push({ name: blob.name, path: relative, bytes, md5 });
  }
  return found;
}

/** Splits a stream into lines. Unlike readline, it forwards errors of the stream. */
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

/** The same container with the datastore's SAS or account key, for identities without a data role. */
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
    const { BlobServiceClient, StorageSharedKeyCredential } = loadStorageClient();
    if (!secret) throw new Error("the datastore has no secret");
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

type BlobPlace = Pick<BlobDatastore, "blobEndpoint" | "containerName">;

const plainUrl = (datastore: BlobPlace, path: string): string =>
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

/** A failed request of the blob client as an error of the catalogue. */
export function blobError(path: string, datastore: BlobPlace, error: unknown): Error {
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
