import { randomBytes } from "node:crypto";
import { ArmError } from "../armError";

/**
 * What Azure ML's front end answers if its inferencing service refuses a request: an empty phrase, and the cause as JSON
 * in the message of a detail. Observed in MicrosoftLearning/mslearn-azure-ml#30 (quota of a deployment) and
 * Azure/azureml-examples#1931 (name of an endpoint).
 * @param code of the detail
 * @param member of the request that is wrong; empty for the whole
 */
export function inferencingRefusal(code: string, member: string, problem: string, target: string): ArmError {
  const detail = JSON.stringify({
    errors: { [member]: [problem] },
    type: "https://tools.ietf.org/html/rfc7231#section-6.5.1",
    title: "One or more validation errors occurred.",
    status: 400,
    traceId: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`,
  });
  return new ArmError(400, "BadRequest", "The request is invalid.", {
    target,
    details: [{ code, message: `InferencingClient HttpRequest error, error detail: ${detail}` }],
  });
}
