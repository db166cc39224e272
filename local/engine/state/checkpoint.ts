import { createHash } from "node:crypto";
import { EngineError, messageOf } from "../errors";
import { integrityProblems } from "./integrity";
import type { Crypter } from "./secrets";
import type { PendingOperation, ResourceState, Snapshot } from "./state";
import {
  isObject,
  rewrite,
  secret,
  signatureKey,
  signatures,
  signatureOf,
  withoutSecrets,
} from "../values/values";
import type { Properties, Value } from "../values/values";

/** What a checkpoint file holds before its secrets are decrypted. */
export type RawCheckpoint = {
  salt: string | undefined;
  resources: ResourceState[];
  pending: PendingOperation[];
};

/**
 * Reads the text of a checkpoint file. `describe` prefixes what is wrong.
 * Errors: state-damaged (not JSON, not a checkpoint, integrity rules broken, manifest's magic wrong),
 * unsupported (newer version, other secrets provider).
 */
export function parseCheckpoint(text: string): RawCheckpoint {
  const file = parseJson(text);
  const damaged = (what: string): EngineError => new EngineError("state-damaged", what);
  if (!isObject(file)) throw damaged("it does not hold a JSON object");
  if (file.version !== 3) {
    if (typeof file.version === "number" && file.version > 3) {
      throw new EngineError(
        "unsupported",
        `the state has version ${file.version}, this engine knows version 3 only; use the Pulumi CLI for this stack`,
      );
    }
    throw damaged(`its version is ${JSON.stringify(file.version ?? null)}, expected 3`);
  }
  const checkpoint = file.checkpoint;
  if (!isObject(checkpoint)) throw damaged('it has no "checkpoint"');
  const latest = checkpoint.latest;
  if (latest === undefined || latest === null) return { salt: undefined, resources: [], pending: [] };
  if (!isObject(latest)) throw damaged('"checkpoint.latest" is not an object');
  const manifest = latest.manifest;
  if (
    isObject(manifest) &&
    typeof manifest.version === "string" &&
    manifest.magic !== magicOf(manifest.version)
  ) {
    throw damaged("its manifest's magic does not match its version");
  }
  const resources = (latest.resources ?? []) as unknown as ResourceState[];
  const pending = (latest.pending_operations ?? []) as unknown as PendingOperation[];
  if (!Array.isArray(resources) || !Array.isArray(pending))
    throw damaged("its list of resources is not a list");
  const problems = integrityProblems(resources);
  if (problems.length > 0)
    throw damaged(`it breaks the rules of integrity:\n  ${problems.slice(0, 10).join("\n  ")}`);
  return { salt: saltOf(latest.secrets_providers), resources, pending };
}

function parseJson(text: string): Value {
  if (text.trim() === "") throw new EngineError("state-damaged", "it is empty");
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    throw new EngineError("state-damaged", `it is not valid JSON (${messageOf(error)})`, error);
  }
}

function saltOf(provider: Value | undefined): string | undefined {
  if (!isObject(provider) || !provider.type) return undefined;
  if (provider.type !== "passphrase") {
    throw new EngineError(
      "unsupported",
      `the state's secrets provider is "${String(provider.type)}", this engine knows "passphrase" only; use the Pulumi CLI`,
    );
  }
  const salt = isObject(provider.state) ? provider.state.salt : undefined;
  return typeof salt === "string" ? salt : undefined;
}

function magicOf(version: string): string {
  return createHash("sha256").update(version).digest("hex");
}

/** The snapshot of a checkpoint, its secrets decrypted. Errors: state-damaged if one cannot be decrypted. */
export function decryptCheckpoint(raw: RawCheckpoint, crypter: Crypter): Snapshot {
  const open = (resource: ResourceState): ResourceState => {
    const opened = { ...resource };
    try {
      if (resource.inputs) opened.inputs = decryptSecrets(resource.inputs, crypter);
      if (resource.outputs) opened.outputs = decryptSecrets(resource.outputs, crypter);
    } catch (error) {
      throw new EngineError("state-damaged", `a secret of ${resource.urn} cannot be decrypted`, error);
    }
    return opened;
  };
  return {
    resources: raw.resources.map(open),
    pending: raw.pending.map((operation) => ({ ...operation, resource: open(operation.resource) })),
  };
}

function decryptSecrets(properties: Properties, crypter: Crypter): Properties {
  return rewrite(properties, (value) => {
    if (!isObject(value) || signatureOf(value) !== signatures.secret) return value;
    const text = typeof value.ciphertext === "string" ? crypter.decrypt(value.ciphertext) : value.plaintext;
    return secret(JSON.parse(String(text)) as Value);
  }) as Properties;
}

function encryptSecrets(value: Value, crypter: Crypter): Value {
  if (Array.isArray(value)) return value.map((item) => encryptSecrets(item, crypter));
  if (!isObject(value)) return value;
  if (signatureOf(value) === signatures.secret) {
    const plaintext = JSON.stringify(withoutSecrets(value.value ?? null));
    return { [signatureKey]: signatures.secret, ciphertext: crypter.encrypt(plaintext) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encryptSecrets(item, crypter)]));
}

/** Turns one resource into the JSON text the checkpoint holds: empty fields left out, secrets encrypted. */
export function renderResource(resource: ResourceState, crypter: Crypter): string {
  const fields: [string, unknown][] = [];
  for (const [key, value] of Object.entries(resource)) {
    if (value === undefined || value === false || value === "" || value === null) {
      if (key === "custom") fields.push([key, value]);
    } else if (key === "inputs" || key === "outputs") {
      fields.push([key, encryptSecrets(value as Value, crypter)]);
    } else if (typeof value === "object" && Object.keys(value).length === 0) continue;
    else fields.push([key, value]);
  }
  return JSON.stringify(Object.fromEntries(fields));
}

/** Puts the whole checkpoint file together from rendered parts. `version` is that of @pulumi/pulumi, without "v". */
export function renderCheckpoint(parts: {
  stackPath: string;
  version: string;
  salt: string;
  resources: Iterable<string>;
  pending: readonly string[];
}): string {
  const version = `v${parts.version}`;
  const manifest = { time: new Date().toISOString(), magic: magicOf(version), version };
  const resources = [...parts.resources];
  const lines = (items: readonly string[]): string => `[\n${items.join(",\n")}\n]`;
  const latest = [
    `"manifest":${JSON.stringify(manifest)}`,
    `"secrets_providers":${JSON.stringify({ type: "passphrase", state: { salt: parts.salt } })}`,
    ...(resources.length > 0 ? [`"resources":${lines(resources)}`] : []),
    ...(parts.pending.length > 0 ? [`"pending_operations":${lines(parts.pending)}`] : []),
    `"metadata":{}`,
  ];
  return `{"version":3,"checkpoint":{"stack":${JSON.stringify(parts.stackPath)},"latest":{\n${latest.join(",\n")}\n}}}\n`;
}
