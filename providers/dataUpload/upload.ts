import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { BlobStore } from "../../azureml/clients/blobs";
import { uploadReporter } from "../../azureml/clients/blockUpload";
import { azureMlError } from "../../azureml/errors";
import { logLine } from "../shared/log";
import { ensurePrepared } from "./prepare";

interface UploadSource {
  /** Local file, relative to the working directory. */
  file: string;
  sha256: string;
  /** Writes the file when it is absent or has other content. */
  prepareCommand?: string;
}

/** Uploads a file to `path` unless the store has it, and verifies the result. Throws `UploadUnverified`. */
export async function uploadOnce(
  store: BlobStore,
  path: string,
  { file, sha256, prepareCommand }: UploadSource,
): Promise<{ blobUrl: string; bytes: number }> {
  const name = basename(path);
  const present = await store.facts(path);
  // A fresh checkout does not have the file; then the blob's hash is enough.
  if (present?.sha256 === sha256 && !(await sizeDiffers(file, present.bytes))) {
    logLine(name, `already in the blob store (${present.bytes.toLocaleString("en")} bytes)`);
    return { blobUrl: present.url, bytes: present.bytes };
  }
  if (prepareCommand) await ensurePrepared({ file, sha256, command: prepareCommand });
  const bytes = await sizeOf(file);
  const { resumed } = await store.upload(path, {
    path: resolve(file),
    file,
    sha256,
    onProgress: uploadReporter((text) => logLine(name, text)),
  });
  const stored = await store.facts(path);
  if (stored?.bytes !== bytes || stored.sha256 !== sha256) {
    throw azureMlError("UploadUnverified", {
      blob: path,
      actual: stored ? `${stored.bytes} bytes, sha256 ${stored.sha256 || "none"}` : "nothing",
      expected: `${bytes} bytes, sha256 ${sha256}`,
    });
  }
  const reused = resumed > 0 ? ` (${resumed.toLocaleString("en")} of them by an earlier upload)` : "";
  logLine(name, `uploaded ${bytes.toLocaleString("en")} bytes${reused}`);
  return { blobUrl: stored.url, bytes: stored.bytes };
}

/** Size in bytes. Throws `LocalFileMissing`. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(resolve(file))).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw azureMlError("LocalFileMissing", { file }, { cause: error });
  }
}

async function sizeDiffers(file: string, bytes: number): Promise<boolean> {
  const local = await stat(resolve(file)).catch(() => undefined);
  return local !== undefined && local.size !== bytes;
}
