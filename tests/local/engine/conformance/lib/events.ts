/**
 * True for steps both engines tell people about: what stays the same, default providers, the stack itself and what the
 * engine does for its own bookkeeping are left out of lists of steps.
 */
export function isShown({ operation, urn }: { operation: string; urn: string }): boolean {
  if (operation === "same" || operation === "remove-pending-replace") return false;
  const [, , type = "", name = ""] = urn.split("::");
  if (type === "pulumi:pulumi:Stack") return false;
  return !(/(^|\$)pulumi:providers:/.test(type) && /^default(_|$)/.test(name));
}
