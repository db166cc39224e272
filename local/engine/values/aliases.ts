import { makeUrn, parseUrn, stackType } from "./urn";

/** One alias from the program: a whole URN, or the parts that were different. */
export type Alias =
  | { urn: string }
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

type AliasedResource = {
  type: string;
  name: string;
  parent: string | undefined;
  stack: string;
  project: string;
};

/**
 * In Pulumi's order: its own aliases, then those that its parent's alias implies (`<parent>-subnet` is
 * renamed with its parent). `aliasOf` maps URNs of this run to the alias they were found by. A generator,
 * because SDKs send dozens of aliases for each resource and usually the first one matches.
 */
export function* aliasUrns(
  aliases: readonly Alias[],
  resource: AliasedResource,
  aliasOf: ReadonlyMap<string, string>,
): Generator<string> {
  const { parent } = resource;
  for (const alias of aliases) yield aliasUrn(alias, resource, aliasOf);
  const oldParent = parent && aliasOf.get(parent);
  if (!oldParent) return;
  const [parentName, oldParentName] = [parseUrn(parent).name, parseUrn(oldParent).name];
  const inherited = (type: string, name: string): string => {
    const oldName = name.startsWith(parentName) ? oldParentName + name.slice(parentName.length) : name;
    return makeUrn({
      stack: resource.stack,
      project: resource.project,
      parent: oldParent,
      type,
      name: oldName,
    });
  };
  yield inherited(resource.type, resource.name);
  for (const alias of aliases) {
    const { type, name } = parseUrn(aliasUrn(alias, resource, aliasOf));
    yield inherited(type, name);
  }
}

/** The URN of an alias. Missing parts are those of the resource itself, or of the old parent. */
function aliasUrn(alias: Alias, resource: AliasedResource, aliasOf: ReadonlyMap<string, string>): string {
  if ("urn" in alias) return alias.urn;
  const named = alias.parent ? (aliasOf.get(alias.parent) ?? alias.parent) : resource.parent;
  const type = alias.type || resource.type;
  const name = alias.name || resource.name;
  if (named && !alias.noParent) {
    const { stack, project, qualifiedType } = parseUrn(named);
    if (qualifiedType !== stackType) return makeUrn({ stack, project, parent: named, type, name });
  }
  return makeUrn({
    stack: alias.stack || resource.stack,
    project: alias.project || resource.project,
    type,
    name,
  });
}
