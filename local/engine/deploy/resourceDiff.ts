import { EngineError } from "../errors";
import type { Provider } from "../plugin/provider";
import type { ResourceState } from "../state/state";
import { compareInputs, invert, type Diff } from "../values/diff";
import { ignoreChanges } from "../values/propertyPath";
import type { Properties } from "../values/values";
import { oldStateOf, resourceKeyOf } from "./execute";

/** The provider's answer or, where that leaves it open, the difference of the inputs. */
export async function diffResource(
  provider: Provider,
  old: ResourceState,
  news: Properties,
  ignored: string[],
): Promise<Diff> {
  const past = oldStateOf(old);
  const answer = await provider.diff(resourceKeyOf(old), past, news, ignored);
  return answer ?? compareInputs(past.inputs, keepIgnored(news, past.inputs, ignored));
}

/**
 * For a provider that reports a change without naming it (the dynamic one): the keys that differ in the inputs, to show them. It
 * comes after `replaceOnChanges`, which covers only what the provider names (Pulumi: `applyReplaceOnChanges`).
 */
export function nameChanges(diff: Diff, old: Properties | undefined, news: Properties | undefined): Diff {
  if (!diff.changed || diff.keys.length > 0) return diff;
  const structural = compareInputs(old ?? {}, news ?? {});
  const isDetailed = Object.keys(diff.detailed).length > 0;
  return {
    ...diff,
    keys: [...new Set([...structural.keys, ...diff.replaceKeys])],
    detailed: isDetailed ? diff.detailed : structural.detailed,
  };
}

/**
 * The opposite of what an `up` of the same program would do now. Outputs that only the service sets (counters, timestamps) and
 * ignored properties are therefore no change. Pulumi reports ignored properties (docs/engine.md).
 */
export async function diffRefreshed(
  provider: Provider,
  before: ResourceState,
  now: ResourceState,
): Promise<Diff> {
  const ignored = before.ignoreChanges ?? [];
  const desired = ignoreChanges(before.inputs ?? {}, now.inputs ?? {}, ignored).inputs;
  const diff = await diffResource(provider, { ...now, urn: before.urn }, desired, ignored);
  return invert(nameChanges(diff, now.inputs, desired));
}

/** New inputs with the ignored paths restored. Errors: resource, naming paths that do not exist. */
export function keepIgnored(inputs: Properties, oldInputs: Properties, paths: readonly string[]): Properties {
  const kept = ignoreChanges(inputs, oldInputs, paths);
  if (kept.invalid.length === 0) return kept.inputs;
  const named = kept.invalid.map((path) => `"${path}"`).join(", ");
  throw new EngineError(
    "resource",
    `cannot ignore changes to the following properties because one or more elements of the path are missing: ${named}`,
  );
}
