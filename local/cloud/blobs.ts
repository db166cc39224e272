import * as fs from "node:fs";
import * as path from "node:path";
import type { BlobServiceClient, ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import type { Azurite } from "./azurite";
import { ArmError } from "./armError";
import type { BlobPath, Blobs } from "./cloud";
import { SERVICE_AGENT } from "./constants";
import { storageClient } from "./storageClient";

const SIGNED_URL_LIFE_MS = 3600 * 1000;
const CONCURRENCY = 4;

/** Our own CA, for this client only. */
function pipelineOptions(ca: string): StoragePipelineOptions & { tlsOptions: { ca: string } } {
  return {
    tlsOptions: { ca },
    userAgentOptions: { userAgentPrefix: SERVICE_AGENT },
    retryOptions: { maxTries: 3, retryDelayInMs: 50, maxRetryDelayInMs: 500 },
  };
}

export interface CoreBlobs extends Blobs {
  service(account: string): BlobServiceClient;
}

export function createBlobs(azurite: Azurite, ca: string): CoreBlobs {
  const options = pipelineOptions(ca);
  const clients = new Map<string, BlobServiceClient>();
  const service = (account: string): BlobServiceClient => {
    const keys = azurite.keysOf(account);
    if (!keys) throw new ArmError(404, "ResourceNotFound", `The storage account '${account}' was not found.`);
    const url = azurite.accountUrl(account);
    const cacheKey = `${url} ${keys.key1}`;
    const known = clients.get(cacheKey);
    if (known) return known;
    const { BlobServiceClient, newPipeline, StorageSharedKeyCredential } = storageClient();
    const credential = new StorageSharedKeyCredential(account, keys.key1);
    const client = new BlobServiceClient(url, newPipeline(credential, options));
    clients.set(cacheKey, client);
    return client;
  };
  const container = (uri: BlobPath): ContainerClient =>
    service(uri.account).getContainerClient(uri.container);
  return {
    service,
    downloadTo: (uri, directory) => downloadTo(container(uri), uri, directory),
    uploadFrom: async (directory, uri) => {
      const target = container(uri);
      await target.createIfNotExists();
      const files = fs
        .readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile());
      await inParallel(files, async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const name = path.relative(directory, file).split(path.sep).join("/");
        const blob = uri.path === "" ? name : `${uri.path}/${name}`;
        await target.getBlockBlobClient(blob).uploadFile(file);
      });
    },
    putText: async (uri, text) => {
      const data = Buffer.from(text);
      const target = container(uri);
      const put = (): Promise<unknown> => target.getBlockBlobClient(uri.path).upload(data, data.length);
      try {
        await put();
      } catch (error) {
        if (!isMissing(error)) throw error;
        await target.createIfNotExists();
        await put();
      }
    },
    getText: async (uri) => {
      try {
        return (await container(uri).getBlobClient(uri.path).downloadToBuffer()).toString("utf8");
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    exists: async (uri) => {
      if (!azurite.keysOf(uri.account)) return false;
      return container(uri).getBlobClient(uri.path).exists();
    },
    ensureContainer: async (account, name) => {
      await service(account).getContainerClient(name).createIfNotExists();
    },
    list: (uri) => listBelow(container(uri), uri.path),
    copy: (from, to) => copyBlobs(container(from), from, container(to), to),
    url: ({ account, container: name, path: blob }) =>
      `https://${account}.blob.localhost:${azurite.port}/${name}/${blob}`,
    readUrl: (uri) => signedUrl(container(uri), uri, "r"),
    readContainerUrl: (account, name) =>
      service(account)
        .getContainerClient(name)
        .generateSasUrl({
          permissions: storageClient().ContainerSASPermissions.parse("rl"),
          ...lifetime(),
        }),
    writeContainerUrl: async (account, name) => {
      const { ContainerSASPermissions } = storageClient();
      const target = service(account).getContainerClient(name);
      await target.createIfNotExists();
      return target.generateSasUrl({ permissions: ContainerSASPermissions.parse("racwl"), ...lifetime() });
    },
    writeUrl: (uri) => signedUrl(container(uri), uri, "rcw"),
  };
}

function signedUrl(container: ContainerClient, uri: BlobPath, permissions: string): Promise<string> {
  return container.getBlobClient(uri.path).generateSasUrl({
    permissions: storageClient().BlobSASPermissions.parse(permissions),
    ...lifetime(),
  });
}

function lifetime(): { startsOn: Date; expiresOn: Date } {
  return { startsOn: new Date(Date.now() - 60_000), expiresOn: new Date(Date.now() + SIGNED_URL_LIFE_MS) };
}

/**
 * Azure ML's plugin for `mlflow` downloads only from addresses that contain `.blob.<storage suffix>/`, and
 * few machines resolve `account.blob.localhost`: `https://127.0.0.1:1/account.blob.localhost:1/c/b`.
 */
export function withSuffix(pathStyle: string): string {
  const url = new URL(pathStyle);
  const [account = "", ...rest] = url.pathname.slice(1).split("/");
  return `${url.origin}/${account}.blob.localhost:${url.port}/${rest.join("/")}${url.search}`;
}

async function listBelow(
  container: ContainerClient,
  folder: string,
): Promise<Array<{ name: string; bytes: number }>> {
  const prefix = folder === "" ? "" : `${folder.replace(/\/+$/, "")}/`;
  const found: Array<{ name: string; bytes: number }> = [];
  try {
    for await (const { name, properties } of container.listBlobsFlat({ prefix }))
      found.push({ name: name.slice(prefix.length), bytes: properties.contentLength ?? 0 });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found;
}

function isMissing(error: unknown): boolean {
  return error instanceof storageClient().RestError && error.statusCode === 404;
}

/** The blob of exactly this name; if there is none, all blobs below it, with their directories. */
async function downloadTo(container: ContainerClient, uri: BlobPath, directory: string): Promise<string[]> {
  fs.mkdirSync(directory, { recursive: true });
  const single = uri.path === "" ? undefined : container.getBlobClient(uri.path);
  if (single && (await single.exists())) {
    const file = inside(directory, path.posix.basename(uri.path));
    await single.downloadToFile(file);
    return [file];
  }
  const names = (await listBelow(container, uri.path)).map(({ name }) => name);
  const files = names.map((name) => inside(directory, name));
  const prefix = uri.path === "" ? "" : `${uri.path.replace(/\/+$/, "")}/`;
  await inParallel(names, async (name, index) => {
    const file = files[index] as string;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await container.getBlobClient(`${prefix}${name}`).downloadToFile(file);
  });
  return files;
}

async function copyBlobs(
  source: ContainerClient,
  from: BlobPath,
  target: ContainerClient,
  to: BlobPath,
): Promise<void> {
  await target.createIfNotExists();
  const single = await source.getBlobClient(from.path).exists();
  const names = single ? [""] : (await listBelow(source, from.path)).map(({ name }) => `/${name}`);
  await inParallel(names, async (name) => {
    const blob = source.getBlobClient(`${from.path}${name}`);
    const [data, { contentMD5 }] = [await blob.downloadToBuffer(), await blob.getProperties()];
    await target
      .getBlockBlobClient(`${to.path}${name}`)
      .uploadData(data, contentMD5 ? { blobHTTPHeaders: { blobContentMD5: contentMD5 } } : {});
  });
}

/** The uploader chooses a blob's name: it must not lead outside the directory. */
function inside(directory: string, name: string): string {
  const file = path.resolve(directory, name);
  if (!file.startsWith(path.resolve(directory) + path.sep)) {
    throw new ArmError(400, "InvalidBlobName", `The blob name '${name}' leads outside its folder.`);
  }
  return file;
}

async function inParallel<T>(items: T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
}
