import { rename, rm, writeFile } from "node:fs/promises";
import { fileSystemError } from "./errors";

/** Waits for work on a file or directory that this step writes. Errors: OutputDirectory. */
export async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw fileSystemError(error, path);
  });
}

/** Writes a small file, which is complete whenever it exists. Errors: OutputDirectory. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await onDisk(path, writeFile(partial, text));
    await onDisk(path, rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined); // The first error is the one to report.
    throw error;
  }
}
