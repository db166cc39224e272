import { createHash } from "node:crypto";
import { type ContentFile, contentOf, type ModelContent } from "../contentHash";
import { azureMlError } from "../errors";
import { type ListedBlob, openBlobStore } from "./blobs";
import { parseDataUri } from "./dataUri";
import { findModelVersion } from "./modelVersions";
import { openRegistryContainer } from "./registryContent";
import type { RegistryModelVersion } from "./registryModels";
import type { AzureSession } from "./session";
import type { WorkspaceRef } from "./workspaces";

/** The files of a model, and how to read them. */
interface ContentSource {
  /** The model's folder, for messages. */
  where: string;
  files: ListedBlob[];
  read(blobName: string): AsyncIterable<Buffer>;
}

/**
 * The content of a model from the store's list alone. `undefined` if the store has no Content-MD5 of some files: it computes
 * one only for blobs that were written in one request, so the large files of a model often have none.
 */
export function listedContent({ files }: ContentSource): ModelContent | undefined {
  return files.every(({ md5 }) => md5 !== "") ? contentOf(files) : undefined;
}

/**
 * The files of a model with their MD5. Files without Content-MD5 are read once.
 * @param onRead called before that, with their number and size
 */
export async function readFiles(
  { files, read }: ContentSource,
  onRead: (files: number, bytes: number) => void = () => undefined,
): Promise<ContentFile[]> {
  const unhashed = files.filter(({ md5 }) => md5 === "");
  if (unhashed.length > 0) {
    onRead(
      unhashed.length,
      unhashed.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
  const complete: ContentFile[] = files.filter(({ md5 }) => md5 !== "");
  for (const { name, path } of unhashed) complete.push({ path, ...(await digest(read(name))) });
  return complete;
}

/** The content of a model, as `readFiles`. */
export async function readContent(
  source: ContentSource,
  onRead?: (files: number, bytes: number) => void,
): Promise<ModelContent> {
  return contentOf(await readFiles(source, onRead));
}

async function digest(pieces: AsyncIterable<Buffer>): Promise<{ bytes: number; md5: string }> {
  const hash = createHash("md5");
  let bytes = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, md5: hash.digest("base64") };
}

/**
 * The files of a model version of a workspace. The service stores the version's `modelUri` as a path in a datastore, also
 * for a version that was registered from a job's output.
 * @throws NotFound without the version, ModelWithoutFiles, UnsupportedDataUri for another kind of URI
 */
export async function workspaceModelSource(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
  version: string,
): Promise<ContentSource> {
  const model = await findModelVersion(session, ref, name, version);
  if (!model) {
    throw azureMlError("NotFound", {
      what: `model "${name}", version ${version}, of workspace "${ref.workspaceName}"`,
      code: "ResourceNotFound",
      detail: "it does not exist",
    });
  }
  const { datastoreName, path } = parseDataUri(model.modelUri, "modelUri");
  const store = await openBlobStore(session, ref, datastoreName);
  return sourceOf(model.modelUri, await store.list(path), store.read);
}

/**
 * The files of a model version of a registry.
 * @throws ModelWithoutFiles, and BlobAccessDenied if the registry grants no access to them
 */
export async function registryModelSource(
  session: AzureSession,
  model: RegistryModelVersion,
): Promise<ContentSource> {
  const container = await openRegistryContainer(session, model);
  return sourceOf(model.id, await container.list(), container.read);
}

function sourceOf(where: string, files: ListedBlob[], read: ContentSource["read"]): ContentSource {
  if (files.length === 0) throw azureMlError("ModelWithoutFiles", { where });
  return { where, files, read };
}
