import { ownerTagNames } from "../../azureml/names";

/** What Azure has under an address. */
export interface LiveResource {
  tags?: Record<string, string>;
  properties: Record<string, unknown>;
}

/**
 * Decides whether a resource that exists in Azure is the one that this stack began to create. Its id is already equal.
 * Resources with tags must have the owner tags that the stack gives them; a role assignment must give the same role to
 * the same principal; other types without tags must do the same (`untaggedProblem`).
 * @returns undefined if it is, else the reason why it is not, for people.
 */
export function ownershipProblem(
  inputs: Readonly<Record<string, unknown>>,
  live: LiveResource,
): string | undefined {
  // A DNS zone group has no tags. It is part of a private endpoint, which has them and is examined too.
  if (inputs.privateDnsZoneGroupName !== undefined) return undefined;
  const wanted = ownerTagsIn(inputs);
  if (wanted.length === 0)
    return "principalId" in inputs ? roleProblem(inputs, live) : untaggedProblem(inputs, live);
  // Versions of data and models have their tags among the properties.
  const tags = live.tags ?? (live.properties.tags as Record<string, string> | undefined) ?? {};
  const missing = wanted.filter(([name, value]) => tags[name] !== value);
  if (missing.length === 0) return undefined;
  const seen = missing.map(([name, value]) =>
    tags[name] === undefined
      ? `it has no tag ${name}`
      : `its tag ${name} is "${tags[name]}", not "${String(value)}"`,
  );
  return seen.join(", ");
}

const ownerTagNameList: readonly string[] = Object.values(ownerTagNames);

function ownerTagsIn(inputs: Readonly<Record<string, unknown>>): [string, unknown][] {
  const properties = inputs.properties as Record<string, unknown> | undefined;
  const tags = { ...asRecord(properties?.tags), ...asRecord(inputs.tags) };
  return Object.entries(tags).filter(([name]) => ownerTagNameList.includes(name));
}

function roleProblem(
  inputs: Readonly<Record<string, unknown>>,
  { properties }: LiveResource,
): string | undefined {
  for (const name of ["principalId", "roleDefinitionId"] as const) {
    if (typeof inputs[name] !== "string" || typeof properties[name] !== "string")
      return "it has no tags that name its owner";
    // Azure returns the role's id with the subscription, whether it was sent so or not.
    const [wanted, seen] = [lastSegment(inputs[name]), lastSegment(properties[name])];
    if (wanted !== seen) return `its ${name} is ${seen}, not ${wanted}`;
  }
  return undefined;
}

/** Diagnostic settings and budgets have no tags. Their names contain the stack's hash, and what they do must be the same. */
function untaggedProblem(
  inputs: Readonly<Record<string, unknown>>,
  { properties }: LiveResource,
): string | undefined {
  const names = ["workspaceId", "category", "timeGrain"].filter((name) => typeof inputs[name] === "string");
  if (names.length === 0) return "it has no tags that name its owner";
  const text = (value: unknown): string => String(value).toLowerCase();
  const other = names.find((name) => text(inputs[name]) !== text(properties[name]));
  return other && `its ${other} is ${String(properties[other])}, not ${String(inputs[other])}`;
}

const lastSegment = (id: string): string => id.slice(id.lastIndexOf("/") + 1).toLowerCase();

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
