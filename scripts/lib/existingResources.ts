import type { Emit } from "../../local/engine/display/events";

/**
 * What azure-native reports when it would create what Azure has already. Source: `cannot create already existing resource`
 * in pulumi/pulumi-azure-native, provider/pkg/provider/provider.go (issue #1123); azure-native 3.28.0.
 */
const alreadyExists = /cannot create already existing resource/;

/**
 * Watches an update for the only failure that a recovery and a second run repair: resources exist in Azure that the state
 * does not have. With any other failure beside it, a second run could repeat what failed, a training included.
 * @returns `existing`: the messages if there is no other failure, else an empty text.
 */
export function watchExisting(): { onEvent: Emit; existing(): string } {
  const errors: string[] = [];
  return {
    onEvent: (event) => {
      if (event.kind === "diagnostic" && event.severity === "error") errors.push(event.message);
    },
    existing: () =>
      errors.every((message) => alreadyExists.test(message)) ? [...errors].sort().join("\n") : "",
  };
}
