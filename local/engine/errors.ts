/** Exit codes of the Pulumi CLI 3.2xx, so that scripts work with both engines. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  stackNotFound: 6,
  unexpectedChanges: 7,
  cancelled: 8,
  internal: 255,
} as const;

type EngineErrorCode =
  | "usage"
  | "unsupported"
  | "config"
  | "project"
  | "stack-not-found"
  | "passphrase"
  | "state-damaged"
  | "state-locked"
  | "plugin"
  | "resource"
  | "cancelled"
  | "unexpected-changes";

const exitCodeOf: Record<EngineErrorCode, number> = {
  usage: exitCodes.usage,
  unsupported: exitCodes.usage,
  config: exitCodes.usage,
  project: exitCodes.usage,
  "stack-not-found": exitCodes.stackNotFound,
  passphrase: exitCodes.usage,
  "state-damaged": exitCodes.failed,
  "state-locked": exitCodes.failed,
  plugin: exitCodes.failed,
  resource: exitCodes.failed,
  cancelled: exitCodes.cancelled,
  "unexpected-changes": exitCodes.unexpectedChanges,
};

/** An expected failure: only its message is printed, never a stack trace. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly exitCode: number;

  constructor(code: EngineErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EngineError";
    this.code = code;
    this.exitCode = exitCodeOf[code];
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error's system code (ENOENT, EACCES…), if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
