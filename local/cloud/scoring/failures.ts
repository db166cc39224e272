/** Source: how-to-troubleshoot-online-endpoints, HTTP status codes [documented]. Refusals are plain text. */
import { ArmError } from "../armError";
import { retryAfter } from "../retryAfter";
import { ModelInputError } from "./scoringRequest";
import { TooManyRequests } from "./slots";

export interface ScoringAnswer {
  status: number;
  headers: Record<string, string>;
  /** Text is sent unchanged, anything else as JSON. */
  body: unknown;
}

const STATUS_HEADER = "ms-azureml-model-error-statuscode";
const REASON_HEADER = "ms-azureml-model-error-reason";
const TEXT = { "content-type": "text/plain" };
/** Retry-After of a busy model, in milliseconds of wall-clock time. */
const BUSY_MS = 200;

const REFUSALS = {
  /** Observed for a malformed Authorization header; inferred for a missing one. */
  keyMissing: { status: 401, headers: TEXT, body: "key_auth_bad_header_forbidden" },
  /** Observed: MicrosoftDocs/azure-docs#98265. */
  keyDenied: { status: 401, headers: TEXT, body: "key_auth_access_denied" },
  /** Observed: MicrosoftDocs/azure-docs#94105. */
  timeout: { status: 408, headers: TEXT, body: "upstream request timeout" },
  /** Reason and empty body observed in the configuration of Azure ML's proxy; Retry-After inferred. */
  busy: {
    status: 429,
    headers: { ...TEXT, [REASON_HEADER]: "too_many_pending_request", ...retryAfter(BUSY_MS) },
    body: "",
  },
} satisfies Record<string, ScoringAnswer>;

export class ScoringRefusal extends Error {
  constructor(
    readonly code: keyof typeof REFUSALS,
    message: string = REFUSALS[code].body,
  ) {
    super(message);
  }
}

/** 424: the container's answer is not 200. Its status and body are passed on [documented]. */
function modelAnswered(status: number, reason: string, message: string): ScoringAnswer {
  return {
    status: 424,
    headers: { [STATUS_HEADER]: String(status), [REASON_HEADER]: reason },
    body: { error: { code: "ModelError", message } },
  };
}

/** The status of the model's container; empty if it was not reached. */
export function modelStatusOf({ status, headers }: ScoringAnswer): string {
  return headers[STATUS_HEADER] ?? (status === 200 ? "200" : "");
}

/** The answer to an error of any part. */
export function failureOf(error: unknown): ScoringAnswer {
  if (error instanceof ScoringRefusal) return REFUSALS[error.code];
  if (error instanceof TooManyRequests) return REFUSALS.busy;
  const message = error instanceof Error ? error.message : String(error);
  // Errors of the model's code. The reason text is observed.
  if (error instanceof ModelInputError) return modelAnswered(400, "model_error", message);
  // The deployment's instance does not start.
  if (error instanceof ArmError) return modelAnswered(503, "model_not_ready", message);
  return modelAnswered(500, "model_error", message);
}
