import { EngineError } from "../errors";

/**
 * Values stay as they are on Pulumi's wire (google.protobuf.Struct as plain JSON, special values tagged with
 * a signature). Only secrets and resource references are converted for receivers that do not support them.
 */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

export const signatureKey = "4dabf18193072939515e22adb298388d";
export const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  /** Numbers that JSON cannot express (NaN, infinities); in state files only. */
  float: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c",
} as const;

/** The placeholder of a value that is not known yet (preview). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels = new Set([
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The signature of a tagged value, or undefined for an ordinary one. */
export function signatureOf(value: Value | undefined): string | undefined {
  const signature = isObject(value) ? value[signatureKey] : undefined;
  return typeof signature === "string" ? signature : undefined;
}

export function isSecret(value: Value | undefined): value is Properties {
  return signatureOf(value) === signatures.secret;
}

/** Assets and archives stand for the contents of files, which the embedded engine does not hash. */
function refuseAsset(signature: string): void {
  if (signature !== signatures.asset && signature !== signatures.archive) return;
  throw new EngineError(
    "unsupported",
    "the embedded engine does not support assets and archives; pass the path or the text as a plain string, or use the Pulumi CLI",
  );
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signatureKey]: signatures.secret, value };
}

export function isUnknown(value: Value | undefined): boolean {
  if (typeof value === "string") return unknownSentinels.has(value);
  if (isSecret(value)) return isUnknown(value.value);
  return signatureOf(value) === signatures.output && isObject(value) && value.value === undefined;
}

export function anyInside(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((item: Value) => anyInside(item, test));
}

export const hasUnknowns = (value: Value | undefined): boolean => anyInside(value, isUnknown);
export const hasSecrets = (value: Value | undefined): boolean => anyInside(value, isSecret);

/**
 * From the leaves up; `enter` may return a result before the parts are visited. Unchanged values are not
 * copied: a large value with one secret in it costs one path of new objects.
 */
export function rewrite<T extends Value>(
  value: T,
  change: (value: Value) => Value,
  enter: (value: Value) => Value | undefined = () => undefined,
): T {
  const visit = (item: Value): Value => {
    const early = enter(item);
    if (early !== undefined) return early;
    if (typeof item !== "object" || item === null) return change(item);
    let copy: Value[] | Properties | undefined;
    for (const [key, inner] of Object.entries(item) as [string, Value][]) {
      const next = visit(inner);
      if (next === inner) continue;
      copy ??= Array.isArray(item) ? [...item] : { ...item };
      (copy as Properties)[key] = next;
    }
    return change(copy ?? item);
  };
  return visit(value) as T;
}

export const rewriteAll: (properties: Properties, change: (value: Value) => Value) => Properties = rewrite;

/** The value without its secret markers, at every depth. */
export const withoutSecrets = (value: Value): Value =>
  rewrite(value, (item) => (isSecret(item) ? (item.value ?? null) : item));

/** The properties with `[secret]` in place of each secret, at every depth. */
export const hiddenSecrets = (properties: Properties): Properties =>
  rewriteAll(properties, (value) => (isSecret(value) ? "[secret]" : value));

type Accepts = {
  secrets: boolean;
  /** References to resources stay objects; otherwise the id (custom resource) or urn (component) is sent. */
  resources: boolean;
};

export function forProvider(properties: Properties, accepts: Accepts): Properties {
  return rewrite(properties, (value) => {
    const signature = signatureOf(value);
    if (signature === undefined || !isObject(value)) return value;
    if (signature === signatures.secret && !accepts.secrets) return value.value ?? null;
    if (signature === signatures.resource && !accepts.resources) {
      return value.id === undefined ? (value.urn ?? null) : value.id === "" ? unknownValue : value.id;
    }
    refuseAsset(signature);
    return value;
  });
}

/** No top-level nulls; output values become plain, secret or unknown. */
export function fromProgram(properties: Properties): Properties {
  const kept = Object.entries(properties).filter(([, value]) => value !== null && value !== undefined);
  return rewrite(Object.fromEntries(kept), (item) => {
    const signature = signatureOf(item);
    if (signature === undefined || !isObject(item)) return item;
    refuseAsset(signature);
    if (signature !== signatures.output) return item;
    const inner = item.value ?? unknownValue;
    return item.secret === true ? secret(inner) : inner;
  });
}

/**
 * For a provider that does not support secrets: marks outputs whose input was secret. An array with one
 * secret inside becomes secret as a whole, since providers reorder.
 */
export function markSecrets(outputs: Properties, inputs: Properties): Properties {
  const marked: Properties = { ...outputs };
  for (const [key, input] of Object.entries(inputs)) {
    const output = marked[key];
    if (output === undefined || isSecret(output)) continue;
    const bothPlainObjects =
      isObject(output) && isObject(input) && !signatureOf(input) && !signatureOf(output);
    if (bothPlainObjects) marked[key] = markSecrets(output, input);
    else if (hasSecrets(input)) marked[key] = secret(output);
  }
  return marked;
}

/** Applies the resource option additionalSecretOutputs (top-level keys only, as Pulumi does). */
export function markAdditionalSecrets(outputs: Properties, keys: readonly string[] | undefined): Properties {
  const marked: Properties = { ...outputs };
  for (const key of keys ?? []) if (marked[key] !== undefined) marked[key] = secret(marked[key]);
  return marked;
}

/** A reference to a resource without `packageVersion: ""`, which Pulumi writes and the SDK does not send. */
function comparableReference(value: Properties): Properties {
  const isPlain = signatureOf(value) !== signatures.resource || value.packageVersion !== "";
  return isPlain ? value : without(value, ["packageVersion"]);
}

/** Equality of values; a secret equals its plain value. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (isSecret(a)) return sameValue(a.value, b);
  if (isSecret(b)) return sameValue(a, b.value);
  if (Object.is(a, b) || a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const [one, other] = [comparableReference(a), comparableReference(b)];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => sameValue(one[key], other[key]));
}

export function without(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}
