/**
 * True for steps that both engines report. Unchanged resources, default providers, the stack itself and
 * bookkeeping steps are left out of lists of steps.
 */
export function isShown({ operation, urn }: { operation: string; urn: string }): boolean {
  if (operation === "same" || operation === "remove-pending-replace") return false;
  const [, , type = "", name = ""] = urn.split("::");
  if (type === "pulumi:pulumi:Stack") return false;
  return !(/(^|\$)pulumi:providers:/.test(type) && /^default(_|$)/.test(name));
}
