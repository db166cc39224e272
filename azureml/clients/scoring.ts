import { performance } from "node:perf_hooks";
import { parseServiceError } from "../http/failure";
import type { HttpResponse } from "../http/http";
import type { AzureSession } from "./session";

export interface ChatMessage {
  role: string;
  content: string;
}

/** Sampling parameters of the served chat model. */
interface GenerationSettings {
  temperature: number;
  topP: number;
  doSample: boolean;
  maxNewTokens: number;
}

export interface ScoreResponse {
  status: number;
  /** The generated text. Empty if there is none. */
  answer: string;
  /** The raw body, or the error. */
  detail: string;
  latencyMs: number;
}

/** Request body of MLflow chat models on Azure ML: a list of conversations in `input_string`. */
export function scoringBody(
  conversations: ChatMessage[][],
  settings: GenerationSettings,
): Record<string, unknown> {
  return {
    input_data: {
      input_string: conversations,
      parameters: {
        temperature: settings.temperature,
        top_p: settings.topP,
        do_sample: settings.doSample,
        max_new_tokens: settings.maxNewTokens,
      },
    },
    params: {},
  };
}

interface ScoreRequest {
  scoringUri: string;
  /** Key or token, see `scoringCredential`. */
  secret: string;
  /** Sends the request to this deployment, whatever the traffic split is. */
  deploymentName?: string;
  body: unknown;
  /** Default: `scoringTimeoutMs`. */
  timeoutMs?: number;
}

/** A deployment's `requestTimeout` is at most three minutes (Azure ML: limits for online endpoints). */
export const longestRequestTimeoutMs = 180_000;

/**
 * How long a client waits. It exceeds every deployment's request timeout by half a minute for the network and the queue, so that the
 * service's own answer arrives instead of an aborted connection.
 */
export const scoringTimeoutMs = longestRequestTimeoutMs + 30_000;

/** Sends one POST to a scoring URI. Returns error statuses, throws connection errors, never retries. */
export async function score(session: AzureSession, request: ScoreRequest): Promise<ScoreResponse> {
  const started = performance.now();
  const response = await session.http({
    method: "POST",
    url: request.scoringUri,
    what: "scoring",
    headers: {
      authorization: `Bearer ${request.secret}`,
      ...(request.deploymentName ? { "azureml-model-deployment": request.deploymentName } : {}),
    },
    body: request.body,
    timeoutMs: request.timeoutMs ?? scoringTimeoutMs,
    maxRetries: 0,
    accept: allErrors,
  });
  return parseScoreResponse(response, Math.round(performance.now() - started));
}

const allErrors = Array.from({ length: 200 }, (_, index) => 400 + index);

function parseScoreResponse(response: HttpResponse, latencyMs: number): ScoreResponse {
  const { status, body, text } = response;
  if (status >= 200 && status < 300) {
    return { status, answer: answerText(body ?? text), detail: text, latencyMs };
  }
  const model = response.header("ms-azureml-model-error-statuscode");
  const reason = response.header("ms-azureml-model-error-reason");
  // If too many requests are pending, the service sends only the reason.
  const message = text === "" && reason ? reason : parseServiceError(body, text).message;
  const detail = model ? `model container ${model}${reason ? ` ${reason}` : ""}: ${message}` : message;
  return { status, answer: "", detail, latencyMs };
}

/**
 * The text in a chat model's response: `{"output": "…"}`, OpenAI's `choices`, a list with one of them, or
 * plain text.
 */
export function answerText(body: unknown): string {
  if (typeof body === "string") return body.trim();
  if (Array.isArray(body)) return body.length > 0 ? answerText(body[0]) : "";
  if (typeof body !== "object" || body === null) return "";
  const record = body as Record<string, unknown>;
  for (const key of ["output", "0", "generated_text", "text", "content", "message", "choices"]) {
    const text = record[key] === undefined ? "" : answerText(record[key]);
    if (text) return text;
  }
  return "";
}
