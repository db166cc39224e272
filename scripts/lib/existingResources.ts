import type { Emit } from "../../local/engine/display/events";

/**
 * What azure-native reports when it would create what Azure has already. Source: `cannot create already existing resource`
 * in pulumi/pulumi-azure-native, provider/pkg/provider/provider.go (issue #1123); azure-native 3.28.0.
 */
const alreadyExists = /cannot create already existing resource/;

/**
 * Watches an update for the only failure that a recovery and a second run repair: resources exist in Azure that the state
 * does not have. With any other failure beside it, a second run could repeat what failed, a training included.
 */
export function watchExisting(): { onEvent: Emit; failedOnlyThereby(): boolean } {
  const errors: string[] = [];
  return {
    onEvent: (event) => {
      if (event.kind === "diagnostic" && event.severity === "error") errors.push(event.message);
    },
    failedOnlyThereby: () => errors.length > 0 && errors.every((message) => alreadyExists.test(message)),
  };
}
