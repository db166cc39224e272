export class ArmError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: {
      target?: string;
      details?: Array<{ code: string; message: string }>;
      headers?: Record<string, string>;
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ArmError";
  }
}
