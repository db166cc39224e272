import { createHash } from "node:crypto";
import { z } from "zod";
import { EngineError, messageOf } from "../errors";
import { checkShape } from "../shape";
import {
  isObject,
  isSecret,
  rewrite,
  secret,
  signatureKey,
  signatureOf,
  signatures,
  withoutSecrets,
  type Properties,
  type Value,
} from "../values/values";
import { integrityProblems } from "./integrity";
import type { Crypter } from "./secrets";
import { pendingSchema, resourceSchema, type ResourceState, type Snapshot } from "./state";

/** A checkpoint before its secrets are decrypted. */
export type RawCheckpoint = Snapshot & { salt: string | undefined };

const deployment = z.looseObject({
  manifest: z.looseObject({ version: z.string(), magic: z.string() }).partial().nullish(),
  secrets_providers: z
    .looseObject({ type: z.string(), state: z.looseObject({ salt: z.string().optional() }).nullish() })
    .partial()
    .nullish(),
  resources: z.array(resourceSchema).nullish(),
  pending_operations: z.array(pendingSchema).nullish(),
});
/** State files contain a checkpoint, exports a deployment. */
const file = z.looseObject({
  version: z.number(),
  features: z.array(z.string()).nullish(),
  checkpoint: z.looseObject({ latest: z.unknown().optional() }).optional(),
  deployment: z.unknown().optional(),
});

/** Errors: state-damaged, with line and column; unsupported (newer version, other secrets provider). */
export function parseCheckpoint(text: string): RawCheckpoint {
  const { checkpoint } = parseFile(text);
  if (!checkpoint) throw new EngineError("state-damaged", 'it has no "checkpoint"');
  return parseDeployment(checkpoint.latest ?? {});
}

/** Parses the JSON of a state file or an export of version 3. Errors: as `parseCheckpoint`. */
export function parseFile(text: string): z.infer<typeof file> {
  if (text.trim() === "") throw new EngineError("state-damaged", "it is empty");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new EngineError("state-damaged", `it is not valid JSON, ${placeOf(error, text)}`, error);
  }
  const parsed = checked(file, json);
  const { version, features } = parsed;
  if (version > 3 || features?.length) {
    const needed = features?.length ? ` and needs: ${features.join(", ")}` : "";
    throw new EngineError(
      "unsupported",
      `the state has version ${version}${needed}; this engine supports version 3 only, use the Pulumi CLI for this stack`,
    );
  }
  if (version < 3) throw new EngineError("state-damaged", `its version is ${version}, expected 3`);
  return parsed;
}

/** Where JSON.parse stopped, as line and column: `line 3, column 7 (Unexpected token …)`. */
function placeOf(error: unknown, text: string): string {
  const message = messageOf(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  const before = (position === undefined ? text : text.slice(0, Number(position))).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1} (${message})`;
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = checkShape(schema, value);
  if ("value" in checked) return checked.value;
  throw new EngineError("state-damaged", `it has the wrong structure: ${checked.problem.message}`);
}

/**
 * `latest` of a checkpoint, or `deployment` of an export; `tolerate` receives broken integrity rules instead
 * of throwing them.
 */
export function parseDeployment(value: unknown, tolerate?: (problem: string) => void): RawCheckpoint {
  const { manifest, secrets_providers, resources, pending_operations, ...rest } = checked(deployment, value);
  if (secrets_providers?.type && secrets_providers.type !== "passphrase") {
    throw new EngineError(
      "unsupported",
      `the state's secrets provider is "${secrets_providers.type}", this engine supports "passphrase" only; use the Pulumi CLI`,
    );
  }
  const problems = integrityProblems(resources ?? []);
  // A development build of Pulumi has no version and writes no magic.
  if (manifest?.version && manifest.magic !== magicOf(manifest.version)) {
    problems.unshift("its manifest's magic does not match its version");
  }
  const told = `it breaks the integrity rules:\n  ${problems.slice(0, 10).join("\n  ")}`;
  if (problems.length > 0 && !tolerate) throw new EngineError("state-damaged", told);
  if (problems.length > 0) tolerate?.(told);
  return {
    salt: secrets_providers?.state?.salt,
    resources: resources ?? [],
    pending: pending_operations ?? [],
    rest: rest as Properties,
  };
}

function magicOf(version: string): string {
  return createHash("sha256").update(version).digest("hex");
}

/** The snapshot of a checkpoint with decrypted secrets. Errors: state-damaged if one cannot be decrypted. */
export function decryptCheckpoint(raw: RawCheckpoint, crypter: Crypter): Snapshot {
  const open = (closed: ResourceState): ResourceState => {
    const opened = { ...closed };
    try {
      if (closed.inputs) opened.inputs = decryptValues(closed.inputs, crypter);
      if (closed.outputs) opened.outputs = decryptValues(closed.outputs, crypter);
    } catch (error) {
      const why = messageOf(error);
      throw new EngineError("state-damaged", `a secret of ${closed.urn} cannot be decrypted (${why})`, error);
    }
    return opened;
  };
  return {
    ...raw,
    resources: raw.resources.map(open),
    pending: raw.pending.map((operation) => ({ ...operation, resource: open(operation.resource) })),
  };
}

/** Secrets in plain text, and numbers that JSON cannot express. */
export function decryptValues<T extends Value>(values: T, crypter: Decrypter): T {
  return rewrite(values, (value) => {
    const signature = signatureOf(value);
    if (!isObject(value)) return value;
    if (signature === signatures.float) return Buffer.from(String(value.value), "hex").readDoubleBE();
    if (signature !== signatures.secret || value.value !== undefined) return value;
    const { ciphertext, plaintext } = value;
    const text = typeof ciphertext === "string" ? crypter.decrypt(ciphertext) : String(plaintext);
    const opened = withoutSecrets(decryptValues(JSON.parse(text) as Value, unencrypted));
    if (typeof ciphertext === "string") crypter.remember(plainText(opened), ciphertext);
    return secret(opened);
  });
}

type Decrypter = Pick<Crypter, "decrypt" | "remember">;

/** Secrets inside a secret are not encrypted again. */
const unencrypted: Decrypter = { decrypt: (text) => text, remember: () => undefined };

/** The JSON text of a secret's value, as it is encrypted: object keys sorted, secrets inside it unwrapped. */
function plainText(value: Value): string {
  const sorted = (_key: string, item: Value): Value =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item;
  const flat = rewrite(withoutSecrets(value), encodeNumber);
  return JSON.stringify(flat, sorted);
}

function encodeNumber(value: Value): Value {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return { [signatureKey]: signatures.float, value: bits.toString("hex") };
}

/** Without a crypter secrets are written in plain text, as `--show-secrets` does. */
export function encryptValues<T extends Value>(values: T, crypter: Crypter | undefined): T {
  const close = (value: Value): Value | undefined => {
    if (!isSecret(value)) return undefined;
    const text = plainText(value.value ?? null);
    const closed: Properties = crypter ? { ciphertext: crypter.encrypt(text) } : { plaintext: text };
    return { [signatureKey]: signatures.secret, ...closed };
  };
  return rewrite(values, encodeNumber, close);
}

/** The JSON text of one resource in the checkpoint: empty fields and aliases left out, as Pulumi does, and secrets encrypted. */
export function renderResource(state: ResourceState, crypter: Crypter): string {
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(state)) {
    const isEmpty = !value || (typeof value === "object" && Object.keys(value).length === 0);
    const isValues = key === "inputs" || key === "outputs";
    if ((!isEmpty && key !== "aliases") || key === "custom")
      written[key] = isValues ? encryptValues(value as Properties, crypter) : value;
  }
  return JSON.stringify(written);
}

const separator = Buffer.from(",\n");

/** From the bytes of its parts, without joining them. `version` is that of @pulumi/pulumi, without "v". */
export function renderCheckpoint(parts: {
  stackPath: string;
  version: string;
  salt: string;
  resources: readonly Buffer[];
  pending: readonly Buffer[];
  rest?: Properties;
}): Buffer[] {
  const version = `v${parts.version}`;
  const head = {
    manifest: { time: new Date().toISOString(), magic: magicOf(version), version },
    secrets_providers: { type: "passphrase", state: { salt: parts.salt } },
    metadata: {},
    ...parts.rest,
  };
  const stack = JSON.stringify(parts.stackPath);
  const inner = JSON.stringify(head).slice(0, -1);
  const file: Buffer[] = [Buffer.from(`{"version":3,"checkpoint":{"stack":${stack},"latest":${inner}`)];
  for (const [name, items] of [
    ["resources", parts.resources],
    ["pending_operations", parts.pending],
  ] as const) {
    if (items.length === 0) continue;
    file.push(Buffer.from(`,\n"${name}":[\n`));
    items.forEach((item, index) => file.push(...(index > 0 ? [separator, item] : [item])));
    file.push(Buffer.from("\n]"));
  }
  file.push(Buffer.from("}}}\n"));
  return file;
}
