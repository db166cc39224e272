/** Compares inputs, decides between update and replacement, and applies drift to inputs on refresh. Pure. */
import type { DiffResult, PropertyChange } from "../host/provider";
import { equal, isObject, type Json, type Properties } from "../host/values";
import { CREATE_BEFORE_DELETE } from "./naming";
import { objectTypeKey } from "./shape";
import { objectType, pathParameters, type ResourceSpec } from "./tables";

type Changes = Record<string, PropertyChange>;

/** Whether a property was added with its default value, which is not a change. */
function isDefault(typeKey: string | undefined, name: string, value: Json | undefined): boolean {
  const fallback = typeKey ? objectType(typeKey)?.d?.[name] : undefined;
  return fallback !== undefined && fallback === value;
}

function diffArrays(path: string, text: string, olds: Json[], news: Json[], changes: Changes): void {
  const itemType = text.startsWith("[]") ? text.slice(2) : "any";
  const isSet = path.endsWith("userAssignedIdentities");
  if (isSet && equal([...olds].sort() as Json[], [...news].sort() as Json[])) return;
  for (let index = 0; index < Math.max(olds.length, news.length); index++) {
    const at = `${path}[${index}]`;
    if (index >= olds.length) changes[at] = { kind: "add", replace: false };
    else if (index >= news.length) changes[at] = { kind: "delete", replace: false };
    else diffValues(at, itemType, olds[index]!, news[index]!, changes);
  }
}

function diffValues(path: string, text: string, old: Json, now: Json, changes: Changes): void {
  if (equal(old, now)) return;
  if (Array.isArray(old) && Array.isArray(now)) return diffArrays(path, text, old, now, changes);
  if (!isObject(old) || !isObject(now)) {
    changes[path] = { kind: "update", replace: false };
    return;
  }
  const typeKey = text.startsWith("#") ? objectTypeKey(text, now) : undefined;
  diffObjects(path, typeKey, text.startsWith("{}") ? text.slice(2) : "any", old, now, changes);
}

function diffObjects(
  path: string,
  typeKey: string | undefined,
  itemType: string,
  olds: Properties,
  news: Properties,
  changes: Changes,
): void {
  const types = typeKey ? (objectType(typeKey)?.p ?? {}) : {};
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (name.startsWith("__")) continue;
    const at = path ? `${path}.${name}` : name;
    const old = olds[name];
    const now = news[name];
    if (old === undefined) {
      if (!isDefault(typeKey, name, now)) changes[at] = { kind: "add", replace: false };
    } else if (now === undefined) changes[at] = { kind: "delete", replace: false };
    else diffValues(at, types[name] ?? itemType, old, now, changes);
  }
}

function sameLocation(a: Json | undefined, b: Json | undefined): boolean {
  const bare = (value: Json | undefined): Json | undefined =>
    typeof value === "string" ? value.replace(/ /g, "").toLowerCase() : value;
  return bare(a) === bare(b);
}

function sameIgnoringCase(a: Json | undefined, b: Json | undefined): boolean {
  return typeof a === "string" && typeof b === "string" && a.toLowerCase() === b.toLowerCase();
}

/**
 * Path parameters and force-new properties replace the resource; the old one is deleted first unless its name
 * is random. `oldOutputs`: adding a force-new input with the value the resource has is no change.
 */
export function diffInputs(
  spec: ResourceSpec,
  oldInputs: Properties,
  news: Properties,
  oldOutputs: Properties,
): DiffResult {
  const detailed: Changes = {};
  diffObjects("", `${spec.typeKey}/in`, "any", oldInputs, news, detailed);
  if (detailed["location"]?.kind === "update" && sameLocation(oldInputs["location"], news["location"])) {
    delete detailed["location"];
  }
  const group = "resourceGroupName";
  if (detailed[group] && sameIgnoringCase(oldInputs[group], news[group])) delete detailed[group];

  const replaceKeys = new Set([...pathParameters(spec), ...spec.forceNew]);
  for (const [path, change] of Object.entries(detailed)) {
    const root = /^[^.[]+/.exec(path)![0];
    if (!replaceKeys.has(root)) continue;
    change.replace = !(change.kind === "add" && path === root && equal(news[root], oldOutputs[root]));
  }
  const changes = Object.values(detailed);
  const replaces = changes.some((change) => change.replace);
  return {
    changes: changes.length > 0 ? "some" : "none",
    detailed,
    deleteBeforeReplace: replaces && oldInputs[CREATE_BEFORE_DELETE] !== true,
  };
}

function carryValue(base: Json, old: Json, now: Json): Json {
  if (isObject(base) && isObject(old) && isObject(now)) return carryChanges(base, old, now);
  if (Array.isArray(base) && Array.isArray(old) && Array.isArray(now)) {
    return now.map((item, index) =>
      index < base.length && index < old.length ? carryValue(base[index]!, old[index]!, item) : item,
    );
  }
  return now;
}

/** On refresh this adds drift to the inputs without adding the service's defaults. */
export function carryChanges(base: Properties, old: Properties, now: Properties): Properties {
  const result: Properties = {};
  for (const [name, value] of Object.entries(base)) {
    if (!(name in old) || name in now) result[name] = value;
  }
  for (const [name, value] of Object.entries(now)) {
    if (equal(old[name], value)) continue;
    const kept = base[name];
    const before = old[name];
    result[name] = kept !== undefined && before !== undefined ? carryValue(kept, before, value) : value;
  }
  return result;
}
