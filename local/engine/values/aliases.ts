import { makeUrn, parseUrn } from "./urn";

/** One alias as a program states it: a whole URN, or the parts that used to differ. */
export type Alias =
  | { urn: string }
  | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

export type AliasedResource = {
  type: string;
  name: string;
  parent: string | undefined;
  stack: string;
  project: string;
};

/** The URN an alias stands for; parts it leaves out are those of the resource itself. */
function aliasUrn(alias: Alias, resource: AliasedResource): string {
  if ("urn" in alias) return alias.urn;
  const parent = alias.noParent ? undefined : alias.parent || resource.parent;
  return makeUrn({
    stack: alias.stack || resource.stack,
    project: alias.project || resource.project,
    ...(parent ? { parent } : {}),
    type: alias.type || resource.type,
    name: alias.name || resource.name,
  });
}

/**
 * Every URN under which a resource may be found in the old state, in the order Pulumi tries them: its own aliases,
 * then those its parent's alias implies. `parentAlias` is the URN the parent was found under, if not its own.
 * A child named after its parent (`<parent>-subnet`) is taken to have been named after the old parent too.
 */
export function aliasUrns(aliases: Alias[], resource: AliasedResource, parentAlias?: string): string[] {
  const own = aliases.map((alias) => aliasUrn(alias, resource));
  if (!parentAlias || !resource.parent) return [...new Set(own)];
  const parentName = parseUrn(resource.parent).name;
  const inherit = (type: string, name: string): string =>
    makeUrn({
      stack: resource.stack,
      project: resource.project,
      parent: parentAlias,
      type,
      name: name.startsWith(parentName) ? parseUrn(parentAlias).name + name.slice(parentName.length) : name,
    });
  const inherited = own.map((urn) => {
    const parts = parseUrn(urn);
    return inherit(parts.type, parts.name);
  });
  return [...new Set([...own, inherit(resource.type, resource.name), ...inherited])];
}
