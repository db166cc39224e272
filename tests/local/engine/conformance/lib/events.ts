/** True for steps people see: default providers and the stack itself are left out of lists of steps. */
export function isShown(urn: string): boolean {
  const [, , type = "", name = ""] = urn.split("::");
  if (type === "pulumi:pulumi:Stack") return false;
  return !(/(^|\$)pulumi:providers:/.test(type) && /^default(_|$)/.test(name));
}
