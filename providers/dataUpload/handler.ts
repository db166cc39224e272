import { basename } from "node:path";
import { z } from "zod";
import { openBlobStore } from "../../azureml/clients/blobs";
import { dataUri } from "../../azureml/clients/dataUri";
import { AzureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { diffInputs, type DiffResult, handlerClass, type Properties, type Resolved } from "../shared/handler";
import { logLine } from "../shared/log";
import { isAbsolutePath, nonEmpty, resourceName, workspaceSchema } from "../shared/schemas";
import { hasUnknown, unknownValue } from "../shared/unknownValues";
import { uploadOnce } from "./upload";

const schema = z.object({
  workspace: workspaceSchema,
  datastoreName: resourceName,
  file: nonEmpty.refine((file) => !isAbsolutePath(file), "must be relative to the project root"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits"),
  folder: z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, "path segments of letters, digits, '.', '_' and '-'"),
  onDestroy: z.enum(["delete", "keep"]),
  // States of version 0.1.0 have none. Their uploads read the file only.
  prepareCommand: nonEmpty.optional(),
});

type Inputs = z.infer<typeof schema> & { dataUri: string };

interface Outputs extends Inputs {
  blobUrl: string;
  bytes: number;
}

/** A role assignment of the same `up` takes effect after a minute or two. */
const roleAssignmentPatienceMs = 3 * 60_000;

/** Neither the local path nor the command is part of the comparison: the content decides. */
function diff(olds: Properties, news: Properties): DiffResult {
  return diffInputs(olds, news, {
    replace: ["workspace", "datastoreName", "sha256", "folder", "dataUri"],
    update: ["onDestroy"],
  });
}

/** `<folder>/<sha256>/<file name>`. */
function blobPath(inputs: Pick<Inputs, "folder" | "sha256" | "file">): string {
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

/** True when the store itself no longer exists: workspace, datastore, account or container were deleted. */
function storeIsGone(error: unknown): boolean {
  if (hasStatus(error, 404)) return true;
  return error instanceof AzureMlError && ["NotFound", "BlobNotFound"].includes(error.code);
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "DataUpload",
  schema,
  resolve,
  diff,
  create: async (inputs, context) => {
    const store = await openBlobStore(await context.session(), inputs.workspace, inputs.datastoreName, {
      accessWaitMs: roleAssignmentPatienceMs,
      onWait: () =>
        logLine(
          basename(inputs.file),
          "the blob store denies access: waiting for a new role assignment to take effect",
        ),
    });
    const path = blobPath(inputs);
    const { blobUrl, bytes } = await uploadOnce(store, path, inputs);
    return { id: `${inputs.datastoreName}/${path}`, outs: { ...inputs, blobUrl, bytes } };
  },
  update: async (_id, { blobUrl, bytes, ...olds }, inputs) => ({
    outs: { ...olds, ...inputs, blobUrl, bytes },
  }),
  read: async (_id, outs, context) => {
    try {
      const store = await openBlobStore(await context.session(), outs.workspace, outs.datastoreName);
      const facts = await store.facts(blobPath(outs));
      return facts?.sha256 === outs.sha256 && facts.bytes === outs.bytes ? outs : undefined;
    } catch (error) {
      if (storeIsGone(error)) return undefined;
      if (!(error instanceof AzureMlError && error.code === "BlobAccessDenied")) throw error;
      // Somebody has closed the account to the network or taken a role away. The refresh that shows that must not fail on it.
      logLine(basename(outs.file), `not compared with the blob store: ${error.message}`);
      return outs;
    }
  },
  delete: async (_id, outs, context) => {
    if (outs.onDestroy === "keep") return;
    try {
      const store = await openBlobStore(await context.session(), outs.workspace, outs.datastoreName);
      const facts = await store.facts(blobPath(outs));
      // A blob without this hash belongs to someone else.
      if (facts?.sha256 === outs.sha256) await store.delete(blobPath(outs));
    } catch (error) {
      if (!storeIsGone(error)) throw error;
    }
  },
});
