export const stackType = "pulumi:pulumi:Stack";
export const stackReferenceType = "pulumi:pulumi:StackReference";
const providerPrefix = "pulumi:providers:";

type UrnParts = { stack: string; project: string; qualifiedType: string; type: string; name: string };

/** `urn:pulumi:<stack>::<project>::<qualifiedType>::<name>`; the name may contain `::`. */
export function parseUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/s.exec(urn);
  if (!match) throw new Error(`"${urn}" is not a URN (urn:pulumi:<stack>::<project>::<type>::<name>)`);
  const [, stack = "", project = "", qualifiedType = "", name = ""] = match;
  return { stack, project, qualifiedType, type: qualifiedType.split("$").at(-1) ?? "", name };
}

export function isUrn(text: string): boolean {
  return /^urn:pulumi:.*?::.*?::.*?::.+$/s.test(text);
}

/** Builds a URN; the types of all ancestors but the stack are part of the qualified type. */
export function makeUrn(parts: {
  stack: string;
  project: string;
  parent?: string;
  type: string;
  name: string;
}): string {
  const parentType = parts.parent ? parseUrn(parts.parent).qualifiedType : "";
  const qualified = parentType && parentType !== stackType ? `${parentType}$${parts.type}` : parts.type;
  return `urn:pulumi:${parts.stack}::${parts.project}::${qualified}::${parts.name}`;
}

export function isProviderType(type: string): boolean {
  return type.startsWith(providerPrefix);
}

export function providerType(pkg: string): string {
  return providerPrefix + pkg;
}

function packageOfProvider(type: string): string {
  return type.slice(providerPrefix.length);
}

export function packageOf(type: string): string {
  return isProviderType(type) ? packageOfProvider(type) : (type.split(":")[0] ?? "");
}

type ProviderReference = { urn: string; id: string };

export function parseReference(reference: string): ProviderReference {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

export function makeReference(urn: string, id: string): string {
  return `${urn}::${id}`;
}

/** Name of the default provider of a package, from the version and download address of a registration. */
export function defaultProviderName(version: string, downloadUrl: string): string {
  const number = version.replace(/^v/, "").replace(/[^A-Za-z0-9_]/g, "_");
  // Pulumi keeps the slashes of the address, but no empty parts between them.
  const parts = downloadUrl.split("/").filter(Boolean);
  const address = parts.map((part) => part.replace(/[^A-Za-z0-9_.-]/g, "_")).join("/");
  return ["default", number, address].filter(Boolean).join("_");
}

/** True for a provider that the engine registered itself. Displays and counts leave it out. */
export function isDefaultProvider(type: string, name: string): boolean {
  return isProviderType(type) && /^default(_|$)/.test(name);
}
