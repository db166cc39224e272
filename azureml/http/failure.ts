import { AzureMlError, type ErrorCode, errorMessage } from "../errors";
import { redactedLine, redact } from "./redact";

/** An error of a service, in ARM's or the run-history service's shape. */
export interface ServiceError {
  code: string;
  /** Message, details and inner errors of the service, without duplicates. */
  message: string;
}

/** An error response. `status` is the HTTP status, `serviceCode` ARM's error code. */
export class RequestFailure extends AzureMlError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly status: number,
    readonly serviceCode: string,
    /** The service's own message. */
    readonly detail: string,
    readonly requestId: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.name = "RequestFailure";
  }
}

/** Whether the error is a response with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: number[]): error is RequestFailure {
  return error instanceof RequestFailure && statuses.includes(error.status);
}

/**
 * Whether the service gave no answer: no connection, a timeout, 408, 429 or 5xx. What it would have answered is not known, unlike
 * with "not found" or "access denied".
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AzureMlError && (error.code === "NotReachable" || error.code === "ServiceFailed");
}

const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;

const nonEmptyText = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;

/**
 * Parses ARM's `{error: {code, message, details, innererror}}`, the run-history service's `innerError` and
 * MLflow's
 * `{error_code, message}`. For anything else, returns the start of its text.
 */
export function parseServiceError(body: unknown, text: string): ServiceError {
  const record = asRecord(body);
  const error = asRecord(record?.error) ?? record;
  if (!error) return { code: "Unknown", message: redactedLine(text || "no message", 300) };
  const code =
    nonEmptyText(error.code) ??
    nonEmptyText(error.error_code) ??
    nonEmptyText(record?.error_code) ??
    "Unknown";
  const messages: string[] = [];
  collect(error, messages, 0);
  const own = nonEmptyText(record?.message);
  if (messages.length === 0 && own) messages.push(own);
  return { code, message: redactedLine(messages.join(" — ") || text || "no message", 1200) };
}

function collect(error: Record<string, unknown>, into: string[], depth: number): void {
  if (depth > 6) return;
  const message = nonEmptyText(error.message);
  if (message && !into.some((seen) => seen.includes(message))) into.push(message);
  for (const detail of Array.isArray(error.details) ? error.details : []) {
    const inner = asRecord(detail);
    if (inner) collect(inner, into, depth + 1);
  }
  const inner = asRecord(error.innererror) ?? asRecord(error.innerError);
  if (inner) collect(inner, into, depth + 1);
}

const quotaPattern = /quota|corelimit|capacityexceeded/i;

/** Creates the catalogue's error for an error response. `what` names the requested resource. */
export function requestFailure(
  what: string,
  status: number,
  error: ServiceError,
  requestId: string,
  options?: ErrorOptions,
): RequestFailure {
  const code = errorCodeFor(status, error);
  const message = errorMessage(code, {
    what,
    status,
    code: error.code,
    detail: redact(error.message),
    requestId: requestId || "unknown",
  });
  return new RequestFailure(code, message, status, error.code, error.message, requestId, options);
}

function errorCodeFor(
  status: number,
  error: ServiceError,
): "Unauthorized" | "NotFound" | "QuotaExceeded" | "ServiceFailed" | "RequestRefused" {
  if (status === 401 || status === 403) return "Unauthorized";
  if (status === 404) return "NotFound";
  if (status < 500 && (quotaPattern.test(error.code) || /not enough quota|vCPU quota/i.test(error.message))) {
    return "QuotaExceeded";
  }
  return status >= 500 || status === 408 || status === 429 ? "ServiceFailed" : "RequestRefused";
}
