import { z } from "zod";
import { getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody, type ScoreResponse } from "../../azureml/clients/scoring";
import { azureMlError } from "../../azureml/errors";
import { redact } from "../../azureml/http/redact";
import type { StudioPlace } from "./place";

const mostTokens = 4_096;

/** A question of the test tab. */
export const chatQuestion = z.strictObject({
  endpoint: z.string().min(1),
  /** The deployment that answers. Absent: one that the traffic split chooses. */
  deployment: z.string().min(1).optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1),
  /** 0 takes the most likely token each time. */
  temperature: z.number().min(0).max(2),
  topP: z.number().gt(0).max(1),
  maxNewTokens: z.number().int().min(1).max(mostTokens),
});

export interface ChatAnswer extends ScoreResponse {
  /** The request as it was sent, without its key. */
  request: { method: "POST"; url: string; headers: Record<string, string>; body: unknown };
}

/** Sends the question to the endpoint. An error status of the endpoint is an answer; errors are thrown for the rest. */
export async function askEndpoint(
  { session, workspace }: StudioPlace,
  question: z.output<typeof chatQuestion>,
): Promise<ChatAnswer> {
  const { endpoint: name, deployment, messages, temperature, topP, maxNewTokens } = question;
  const endpoint = await getOnlineEndpoint(session, workspace, name);
  if (!endpoint) {
    const what = `endpoint "${name}" in workspace "${workspace.workspaceName}"`;
    throw azureMlError("NotFound", { what, code: "ResourceNotFound", detail: "it does not exist" });
  }
  const settings = { temperature: temperature || 1, topP, doSample: temperature > 0, maxNewTokens };
  const body = scoringBody([messages], settings);
  const secret = await scoringCredential(session, workspace, endpoint);
  const { scoringUri } = endpoint;
  const chosen = deployment === undefined ? {} : { deploymentName: deployment };
  const answer = await score(session, { scoringUri, secret, body, ...chosen });
  const headers = {
    authorization: "Bearer ***",
    "content-type": "application/json",
    ...(deployment === undefined ? {} : { "azureml-model-deployment": deployment }),
  };
  return {
    ...answer,
    detail: redact(answer.detail),
    request: { method: "POST", url: scoringUri, headers, body },
  };
}
