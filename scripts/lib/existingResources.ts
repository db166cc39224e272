import type { Emit } from "../../local/engine/display/events";

/**
 * What azure-native reports when it would create what Azure has already. Source: `cannot create already existing resource`
 * in pulumi/pulumi-azure-native, provider/pkg/provider/provider.go (issue #1123); azure-native 3.28.0.
 */
const alreadyExists = /cannot create already existing resource/;

/**
 * What azure-native reports when Azure still works on a resource after its three repetitions, which take 200 seconds together. Source:
 * `initPipelineOpts`, `shouldRetryConflict` in pulumi/pulumi-azure-native, provider/pkg/azure/client_azcore.go, and azcore's default
 * of three retries. Microsoft Learn (how-to-troubleshoot-online-endpoints) names the status 409 only, so any code with such a text counts.
 */
export const stillWorking =
  /AnotherOperationInProgress|Status=409\b.*(?:in[ -]?progress|being (?:created|updated|deleted))/is;

/**
 * Watches an update for the only failures that a recovery and a second run repair: resources exist in Azure that the state
 * does not have, or Azure still works on a resource. With any other failure beside it, a second run could repeat what failed, a
 * training included.
 * @returns `existing`: the messages if there is no other failure, else an empty text.
 */
export function watchExisting(): { onEvent: Emit; existing(): string } {
  const errors: string[] = [];
  return {
    onEvent: (event) => {
      if (event.kind === "diagnostic" && event.severity === "error") errors.push(event.message);
    },
    existing: () =>
      errors.every((message) => alreadyExists.test(message) || stillWorking.test(message))
        ? [...errors].sort().join("\n")
        : "",
  };
}
