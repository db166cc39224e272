/**
 * Tags of a resource that others tag as well. An Azure Policy with the effect `modify` or `append` adds tags to every create and
 * update request (Microsoft Learn, Azure Policy effects; "Inherit a tag from the resource group"), and people add tags by hand. Ours
 * are those that the stack sets or has set before; all others belong to someone else and stay.
 */

export type Tags = Readonly<Record<string, string>>;

/** `live` with our changes: what we have set before and set no more is removed, what we set now is written. */
export function mergeTags(live: Tags, before: Tags, now: Tags): Record<string, string> {
  const kept = Object.entries(live).filter(([name]) => !Object.hasOwn(before, name));
  return { ...Object.fromEntries(kept), ...now };
}

/** Whether a merge would change nothing. */
export function tagsAreMerged(live: Tags, before: Tags, now: Tags): boolean {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(now, name));
  return (
    Object.entries(now).every(([name, value]) => live[name] === value) &&
    removed.every((name) => !Object.hasOwn(live, name))
  );
}

/** The live values of our tags. A tag that somebody removed is absent. */
export function ownTags(live: Tags, ours: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(live).filter(([name]) => Object.hasOwn(ours, name)));
}
