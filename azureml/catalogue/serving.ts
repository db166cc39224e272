import type { Entry } from "./entry";

/** Errors of endpoint, deployment, traffic and score. */
export const servingErrors = {
  EndpointMissing: {
    message: "endpointName: endpoint {endpoint} does not exist in workspace {workspace}",
    remedy: "Run `refresh` and then `up`, which creates it.",
  },
  EndpointBusy: {
    message:
      "endpointName: endpoint {endpoint} was busy with another operation for {minutes} minutes ({detail})",
    remedy: "Wait until that operation has finished, then run `up` again.",
  },
  RolloutStepFailed: {
    message:
      "rollout: step {step} of deployment {deployment} on endpoint {endpoint} missed its limits within {seconds} s: {seen}; allowed: {allowed}",
    remedy:
      "All traffic is back where it was before the roll-out. Correct the model or the limits and run `up` again, or return to the earlier configuration.",
  },
  RolloutCanceled: {
    message: "rollout: canceled in step {step} of deployment {deployment} on endpoint {endpoint}",
    remedy:
      "All traffic is back where it was before the roll-out. Run `up` again to roll out, or return to the earlier configuration.",
  },
  RolloutNotMeasurable: {
    message: "rollout: the metrics of endpoint {endpoint} cannot be read ({detail})",
    remedy:
      "No traffic has moved. Assign the role Monitoring Reader on the workspace to the identity that runs `up`, or remove the section rollout.",
  },
  ScoringFailed: {
    message:
      "deploymentName: deployment {deployment} of endpoint {endpoint} did not answer the question ({status}: {detail})",
    remedy:
      "Correct the cause and run `up` again. The traffic is unchanged. Without rollout.keepFailed, `npm run recover` deletes the failed deployment.",
  },
  ScoringEmpty: {
    message: "deploymentName: deployment {deployment} of endpoint {endpoint} returned no text ({detail})",
    remedy: "Check the deployed model. The traffic is unchanged.",
  },
  QuestionFileUnusable: {
    message: "scoring.questionFile: {file} {detail}",
    remedy: "Set a JSON file with a list of messages, each with role and content. The traffic is unchanged.",
  },
  NoScoringRow: {
    message: "heldOut: {uri} has no row that can be used as a question ({detail})",
    remedy: "Check the data set: rows need prompt, messages and prompt_id.",
  },
} as const satisfies Record<string, Entry>;
