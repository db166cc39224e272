/**
 * Property values. The engine keeps values exactly as Pulumi's wire writes them (google.protobuf.Struct as plain
 * JSON, special values as objects tagged with a signature), so they travel between program, providers and state
 * without conversion; only secrets change their dress at the borders.
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

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signatureKey]: signatures.secret, value };
}

export function isUnknown(value: Value | undefined): boolean {
  if (typeof value === "string") return unknownSentinels.has(value);
  if (isSecret(value)) return isUnknown(value.value);
  return signatureOf(value) === signatures.output && isObject(value) && value.value === undefined;
}

/** True if `test` holds for the value or for anything inside it. */
function anyInside(value: Value | undefined, test: (value: Value) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => anyInside(item, test));
  if (isObject(value)) return Object.values(value).some((item) => anyInside(item, test));
  return false;
}

export const hasUnknowns = (value: Value | undefined): boolean => anyInside(value, isUnknown);
export const hasSecrets = (value: Value | undefined): boolean => anyInside(value, isSecret);

/** Rewrites every value from the leaves up. */
export function rewrite(value: Value, change: (value: Value) => Value): Value {
  if (Array.isArray(value)) return change(value.map((item) => rewrite(item, change)));
  if (isObject(value)) {
    const copy: Properties = {};
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) copy[key] = rewrite(item, change);
    return change(copy);
  }
  return change(value);
}

export function rewriteAll(properties: Properties, change: (value: Value) => Value): Properties {
  return rewrite(properties, change) as Properties;
}

const plain = (value: Value): Value => (isSecret(value) ? (value.value ?? null) : value);

/** The value without its secret wrappings, at every depth. */
export const withoutSecrets = (value: Value): Value => rewrite(value, plain);

/** What a provider is sent, by what it says it accepts. Assets keep contents and hash. */
export function forProvider(
  properties: Properties,
  accepts: { secrets: boolean; resources: boolean },
): Properties {
  if (accepts.secrets && accepts.resources) return properties;
  return rewriteAll(properties, (value) => {
    if (!accepts.secrets && isSecret(value)) return value.value ?? null;
    if (!accepts.resources && signatureOf(value) === signatures.resource)
      return referenceTarget(value as Properties);
    return value;
  });
}

/** A resource reference seen as a plain value: its id (custom resource), or its urn (component). */
function referenceTarget(reference: Properties): Value {
  if (reference.id === undefined) return reference.urn ?? null;
  return reference.id === "" ? unknownValue : reference.id;
}

/** What a program sent, as the engine keeps it: no top-level nulls, output values turned into plain, secret or unknown. */
export function fromProgram(properties: Properties): Properties {
  const kept: Properties = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    kept[key] = rewrite(value, (item) => {
      if (signatureOf(item) !== signatures.output || !isObject(item)) return item;
      const inner = item.value ?? unknownValue;
      return item.secret === true ? secret(inner) : inner;
    });
  }
  return kept;
}

/**
 * Marks as secret what came back from a provider that does not know secrets, when the input of the same name was one.
 * Objects are compared key by key; an array with one secret inside becomes secret as a whole, since providers reorder.
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

/** Equality of values; secret and plain values of the same content are equal. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (isSecret(a)) return sameValue(a.value, b);
  if (isSecret(b)) return sameValue(a, b.value);
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameValue(a[key], b[key]));
}

/** The properties but those named. */
export function without(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}
