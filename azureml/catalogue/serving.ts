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
  ScoringFailed: {
    message:
      "deploymentName: deployment {deployment} of endpoint {endpoint} did not answer the question ({status}: {detail})",
    remedy:
      "Check the deployment's logs in Azure ML studio, correct the cause and run `up` again. The traffic is unchanged.",
  },
  ScoringEmpty: {
    message: "deploymentName: deployment {deployment} of endpoint {endpoint} returned no text ({detail})",
    remedy: "Check the deployed model. The traffic is unchanged.",
  },
  NoScoringRow: {
    message: "heldOut: {uri} has no row that can be used as a question ({detail})",
    remedy: "Check the data set: rows need prompt, messages and prompt_id.",
  },
} as const satisfies Record<string, Entry>;
