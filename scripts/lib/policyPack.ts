/** The policy pack of the project, relative to its root; compiled with the program. */
export const policyPack = "policy";

const checked = /^(preview|pre|up|update)$/;
const chosen = /^--policy-pack(=|$)/;

/** The project's own option to leave the pack out; the engines do not have it. */
export const noPolicy = "--no-policy";

/**
 * Options of the Pulumi CLI and of the embedded engine that check a stack with the project's policies. None for an operation that engines
 * do not check, for a pack that the user names, and with `--no-policy`.
 */
export function policyOptions(operation: string, options: readonly string[]): string[] {
  if (!checked.test(operation) || options.some((one) => one === noPolicy || chosen.test(one))) return [];
  return ["--policy-pack", policyPack];
}
