/** Why the local cloud could not start, in words for the person at the terminal. */
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
