/** Loaded on first use: it takes half as long as the rest of the cloud. */
export function storageClient(): typeof import("@azure/storage-blob") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("@azure/storage-blob") as typeof import("@azure/storage-blob");
}
