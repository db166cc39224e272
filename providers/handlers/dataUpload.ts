import { stat } from "node:fs/promises";
import { resolve as resolvePath, basename } from "node:path";
import { z } from "zod";
import { type BlobStore, dataUri, openBlobStore } from "../../azureml/clients/blobs";
import { uploadReporter } from "../../azureml/clients/blockUpload";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { diffOf, type DiffResult, handlerClass, type Properties, type Resolved, say } from "./base";
import { nonEmpty, resourceName, workspaceSchema } from "./schemas";
import { hasUnknown, unknownValue } from "./unknown";

const schema = z.looseObject({
  workspace: workspaceSchema,
  datastoreName: resourceName,
  file: nonEmpty.refine((file) => !/^([A-Za-z]:|[\\/])/.test(file), "must be relative to the project root"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits"),
  folder: z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, "path segments of letters, digits, '.', '_' and '-'"),
  onDestroy: z.enum(["delete", "keep"]),
});

interface Inputs {
  workspace: WorkspaceRef;
  datastoreName: string;
  file: string;
  sha256: string;
  folder: string;
  onDestroy: "delete" | "keep";
  dataUri: string;
}

interface Outputs extends Inputs {
  blobUrl: string;
  bytes: number;
}

/** A role assignment of the same `up` takes effect after a minute or two. */
const rolePatienceMs = 3 * 60_000;

/** Content decides: where the local file lies does not matter. */
export function diffDataUpload(olds: Properties, news: Properties): DiffResult {
  return diffOf(olds, news, {
    replace: ["workspace", "datastoreName", "sha256", "folder", "dataUri"],
    update: ["onDestroy"],
  });
}

/** `<folder>/<sha256>/<file name>`. */
export function blobPath(inputs: Pick<Inputs, "folder" | "sha256" | "file">): string {
  return `${inputs.folder}/${inputs.sha256}/${basename(inputs.file.replace(/\\/g, "/"))}`;
}

async function resolve(_olds: Properties, news: Properties): Promise<Resolved> {
  if (hasUnknown([news.workspace, news.datastoreName, news.folder, news.sha256, news.file])) {
    return { add: { dataUri: unknownValue } };
  }
  const inputs = news as unknown as Inputs;
  const { workspace, datastoreName } = inputs;
  return { add: { dataUri: dataUri({ workspace, datastoreName, path: blobPath(inputs) }) } };
}

/** Size of a local file. Throws `LocalFileMissing`. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(resolvePath(process.cwd(), file))).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw azureMlError("LocalFileMissing", { file }, { cause: error });
  }
}

async function upload(store: BlobStore, inputs: Inputs): Promise<{ blobUrl: string; bytes: number }> {
  const { file, sha256 } = inputs;
  const path = blobPath(inputs);
  const name = basename(path);
  const present = await store.facts(path);
  // Without the file (a fresh checkout) a blob that carries the hash is enough.
  if (present?.sha256 === sha256 && !(await sizeDiffers(file, present.bytes))) {
    say(name, `already in the blob store (${present.bytes.toLocaleString("en")} bytes)`);
    return { blobUrl: present.url, bytes: present.bytes };
  }
  const bytes = await sizeOf(file);
  const { resumed } = await store.upload(path, {
    path: resolvePath(process.cwd(), file),
    file,
    sha256,
    onProgress: uploadReporter((text) => say(name, text)),
  });
  const stored = await store.facts(path);
  if (stored?.bytes !== bytes || stored.sha256 !== sha256) {
    throw azureMlError("UploadUnverified", {
      blob: path,
      actual: stored ? `${stored.bytes} bytes, sha256 ${stored.sha256 || "none"}` : "nothing",
      expected: `${bytes} bytes, sha256 ${sha256}`,
    });
  }
  const found = resumed > 0 ? ` (${resumed.toLocaleString("en")} of them were there already)` : "";
  say(name, `uploaded ${bytes.toLocaleString("en")} bytes${found}`);
  return { blobUrl: stored.url, bytes: stored.bytes };
}

async function sizeDiffers(file: string, bytes: number): Promise<boolean> {
  const local = await stat(resolvePath(process.cwd(), file)).catch(() => undefined);
  return local !== undefined && local.size !== bytes;
}

/** True when the store itself is gone: workspace, datastore, account or container deleted. */
function storeIsGone(error: unknown): boolean {
  if (hasStatus(error, 404)) return true;
  return error instanceof AzureMlError && ["NotFound", "BlobNotFound"].includes(error.code);
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "DataUpload",
  schema,
  resolve,
  diff: diffDataUpload,
  create: async (inputs, context) => {
    const store = await openBlobStore(await context.session(), inputs.workspace, inputs.datastoreName, {
      accessPatienceMs: rolePatienceMs,
      onWait: () =>
        say(basename(inputs.file), "the blob store refuses us as yet: waiting for a new role to take effect"),
    });
    const { blobUrl, bytes } = await upload(store, inputs);
    return { id: `${inputs.datastoreName}/${blobPath(inputs)}`, outs: { ...inputs, blobUrl, bytes } };
  },
  update: async (_id, olds, inputs) => ({
    outs: { ...olds, ...inputs, blobUrl: olds.blobUrl, bytes: olds.bytes },
  }),
  read: async (_id, outs, context) => {
    try {
      const store = await openBlobStore(await context.session(), outs.workspace, outs.datastoreName);
      const facts = await store.facts(blobPath(outs));
      return facts?.sha256 === outs.sha256 && facts.bytes === outs.bytes ? outs : undefined;
    } catch (error) {
      if (storeIsGone(error)) return undefined;
      throw error;
    }
  },
  delete: async (_id, outs, context) => {
    if (outs.onDestroy === "keep") return;
    try {
      const store = await openBlobStore(await context.session(), outs.workspace, outs.datastoreName);
      const facts = await store.facts(blobPath(outs));
      // A blob without our hash was put there by somebody else.
      if (facts?.sha256 === outs.sha256) await store.delete(blobPath(outs));
    } catch (error) {
      if (!storeIsGone(error)) throw error;
    }
  },
});
