export class CloudStartError extends Error {
  constructor(
    readonly code:
      | "PortInUse"
      | "TlsDamaged"
      | "KeyDamaged"
      | "BlobServiceFailed"
      | "StartFailed"
      | "BadOption"
      | "NotRunning",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CloudStartError";
  }
}

export class StoreError extends Error {
  constructor(
    readonly code: "StoreDamaged" | "StoreLocked" | "StoreWriteFailed",
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "StoreError";
  }
}
