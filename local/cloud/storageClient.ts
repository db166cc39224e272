/** Azure's storage client, loaded when it is first needed: it takes half as long as everything else the cloud loads. */
export function storageClient(): typeof import("@azure/storage-blob") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("@azure/storage-blob") as typeof import("@azure/storage-blob");
}
