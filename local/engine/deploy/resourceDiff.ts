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
  const structural = compareInputs(past.inputs, keepIgnored(news, past.inputs, ignored));
  if (!answer) return structural;
  if (!answer.changed || answer.keys.length > 0) return answer;
  // Some providers (the dynamic one) report a change without naming it: the inputs show what changed.
  const isDetailed = Object.keys(answer.detailed).length > 0;
  return {
    ...answer,
    keys: [...new Set([...structural.keys, ...answer.replaceKeys])],
    detailed: isDetailed ? answer.detailed : structural.detailed,
  };
}

/**
 * The opposite of what an `up` of the same program would do now. Outputs that only the service sets
 * (counters, timestamps) and ignored properties are therefore no change.
 */
export async function diffRefreshed(
  provider: Provider,
  before: ResourceState,
  now: ResourceState,
): Promise<Diff> {
  const ignored = before.ignoreChanges ?? [];
  const desired = ignoreChanges(before.inputs ?? {}, now.inputs ?? {}, ignored).inputs;
  return invert(await diffResource(provider, { ...now, urn: before.urn }, desired, ignored));
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
