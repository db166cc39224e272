/**
 * What an endpoint answers where there is no answer of the model's, in one place. Statuses: how-to-troubleshoot-online-endpoints,
 * HTTP status codes [documented]. The endpoint's own refusals are plain text, not ARM's JSON; what is behind one is in the
 * deployment's log.
 */
import { ArmError } from "../cloud";
import { retryAfter } from "../retryAfter";
import { ModelInputError } from "./scoringRequest";
import { TooManyRequests } from "./slots";

/** An answer as it goes out. */
export interface ScoringAnswer {
  status: number;
  headers: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body: unknown;
}

const STATUS_HEADER = "ms-azureml-model-error-statuscode";
const REASON_HEADER = "ms-azureml-model-error-reason";
const TEXT = { "content-type": "text/plain" };
/** When to try again where the model is busy, in milliseconds on the wall. */
const BUSY_MS = 200;

const REFUSALS = {
  /** The text is observed with an Authorization header that is malformed; that a missing one has it too is inferred. */
  keyMissing: { status: 401, headers: TEXT, body: "key_auth_bad_header_forbidden" },
  /** Observed: MicrosoftDocs/azure-docs#98265. */
  keyDenied: { status: 401, headers: TEXT, body: "key_auth_access_denied" },
  /** Observed: MicrosoftDocs/azure-docs#94105. */
  timeout: { status: 408, headers: TEXT, body: "upstream request timeout" },
  /** Reason and empty body observed in the configuration of the proxy in front of Azure ML's containers; Retry-After is ours. */
  busy: {
    status: 429,
    headers: { ...TEXT, [REASON_HEADER]: "too_many_pending_request", ...retryAfter(BUSY_MS) },
    body: "",
  },
} satisfies Record<string, ScoringAnswer>;

/** A request that the endpoint refuses by itself. */
export class ScoringRefusal extends Error {
  constructor(
    /** Also what the request log calls it. */
    readonly code: keyof typeof REFUSALS,
    message: string = REFUSALS[code].body,
  ) {
    super(message);
  }
}

/** 424: the container did not answer 200. Its status and body are passed on [documented]. */
function modelAnswered(status: number, reason: string, message: string): ScoringAnswer {
  return {
    status: 424,
    headers: { [STATUS_HEADER]: String(status), [REASON_HEADER]: reason },
    body: { error: { code: "ModelError", message } },
  };
}

/** What is answered after an error of any part. */
export function failureOf(error: unknown): ScoringAnswer {
  if (error instanceof ScoringRefusal) return REFUSALS[error.code];
  if (error instanceof TooManyRequests) return REFUSALS.busy;
  const message = error instanceof Error ? error.message : String(error);
  // The model's own doing: a body it cannot read, malformed JSON as well, and whatever it throws. The reason is observed.
  if (error instanceof ModelInputError) return modelAnswered(400, "model_error", message);
  // Its machine does not come up any more.
  if (error instanceof ArmError) return modelAnswered(503, "model_not_ready", message);
  return modelAnswered(500, "model_error", message);
}
