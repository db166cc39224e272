import { isCollection, isMap, isScalar, isSeq, type Document, type Pair, type YAMLMap } from "yaml";
import { EngineError } from "../errors";
import { writeAtomically } from "../state/backend";
import type { Crypter } from "../state/secrets";
import { parsePropertyPath, type PropertyPath } from "../values/propertyPath";
import { fullKey, stackFileSchema, type Config, type ConfigValue, type StackSettings } from "./config";
import { stackFile, type Project } from "./project";
import { readYaml } from "./yaml";

/** A key on the command line: the full key, and the path to a part of its value. */
type Place = { key: string; rest: PropertyPath };

/** `path`: the key is a property path (`a.b[0].c`) into a structured value. Errors: config. */
function placeOf(project: Project, text: string, isPath: boolean): Place {
  if (!isPath) return { key: fullKey(project, text), rest: [] };
  const [, namespace = "", inner = ""] = /^([^.[]*:)?(.*)$/s.exec(text) ?? [];
  try {
    const [name, ...rest] = parsePropertyPath(inner, true);
    if (typeof name !== "string") throw new Error(`"${text}" does not begin with a name`);
    return { key: fullKey(project, namespace + name), rest };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError("config", `invalid configuration key: ${(error as Error).message}`, error);
  }
}

/** Keeps the file's comments, order and format. Adds a salt if it has none. Errors: config. */
async function editStackFile(
  path: string,
  salt: string | undefined,
  change: (document: Document) => void,
): Promise<void> {
  const { document, value } = await readYaml(path, stackFileSchema, "config");
  change(document);
  if (salt !== undefined && !value.encryptionsalt) {
    (document.contents as unknown as YAMLMap).items.unshift(document.createPair("encryptionsalt", salt));
  }
  await writeAtomically(path, document.toString({ lineWidth: 0 }));
}

export async function writeSalt(settings: StackSettings, salt: string): Promise<void> {
  await editStackFile(settings.path, salt, () => undefined);
}

/** The pair of a key in the file's `config:`, whatever form the key is written in. */
function pairOf(document: Document, project: Project, key: string): Pair | undefined {
  const config = document.get("config");
  if (!isMap(config)) return undefined;
  return config.items.find((pair) => {
    const written = isScalar(pair.key) ? pair.key.value : pair.key;
    return typeof written === "string" && fullKey(project, written) === key;
  });
}

type SetOptions = {
  /** The key is a path into a structured value, where true, false and whole numbers keep their type. */
  path?: boolean;
  crypter?: Crypter;
};

/** Without `path` the value is a text, as with the Pulumi CLI. Errors: config. */
export async function setConfig(
  project: Project,
  stack: string,
  key: string,
  value: string,
  options: SetOptions = {},
): Promise<void> {
  const { path = false, crypter } = options;
  const place = placeOf(project, key, path);
  const plain = path && place.rest.length > 0 ? typed(value) : value;
  const written = crypter ? { secure: crypter.encrypt(value) } : plain;
  await editStackFile(stackFile(project, stack), crypter?.salt, (document) => {
    if (!isMap(document.get("config"))) document.set("config", document.createNode({}));
    const pair = pairOf(document, project, place.key);
    const keys = ["config", pair ? pair.key : place.key, ...place.rest];
    checkPath(document, keys, key);
    const [before, node] = [document.getIn(keys, true), document.createNode(written)];
    if (isScalar(before)) node.comment = before.comment;
    document.setIn(keys, node);
  });
}

/** As Pulumi does: booleans and whole numbers without leading zeros are typed. */
function typed(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  return /^(0|-?[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** A scalar directly under the key is replaced, as with the Pulumi CLI. */
function checkPath(document: Document, keys: readonly unknown[], key: string): void {
  const refuse = (what: string): never => {
    throw new EngineError("config", `cannot set "${key}": ${what}`);
  };
  if (keys.at(-1) === "secure" && keys.length > 2) refuse('maps with the single key "secure" are reserved');
  for (let depth = 2; depth < keys.length; depth += 1) {
    const node = document.getIn(keys.slice(0, depth), true);
    const next = keys[depth];
    const isSecure = isMap(node) && node.items.length === 1 && typeof node.get("secure") === "string";
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return;
    if (!isCollection(node) || isSecure) {
      if (depth > 2)
        refuse(`expected ${typeof next === "number" ? "an array" : "a map"} before ${String(next)}`);
      document.deleteIn(keys.slice(0, depth));
      return;
    }
    if (isSeq(node) && typeof next !== "number") refuse(`key ${String(next)} for an array must be a number`);
    if (isMap(node) && typeof next === "number") refuse(`key ${next} for a map must be a name`);
    if (isSeq(node) && ((next as number) > node.items.length || (next as number) < 0))
      refuse(`array index ${next} out of range (there are ${node.items.length})`);
  }
}

/** `config rm`: removes a value from the stack's file. False if it does not exist. Errors: config. */
export async function removeConfig(
  project: Project,
  stack: string,
  key: string,
  isPath = false,
): Promise<boolean> {
  const place = placeOf(project, key, isPath);
  let found = false;
  await editStackFile(stackFile(project, stack), undefined, (document) => {
    const pair = pairOf(document, project, place.key);
    if (!pair) return;
    const keys = ["config", pair.key, ...place.rest];
    found = document.hasIn(keys) && document.deleteIn(keys);
    const config = document.get("config");
    if (isMap(config) && config.items.length === 0) document.delete("config");
  });
  return found;
}

/** Secrets in plain text; undefined if it does not exist. Errors: config. */
export function getConfig(
  project: Project,
  config: Config,
  key: string,
  isPath = false,
): ConfigValue | undefined {
  const { key: name, rest } = placeOf(project, key, isPath);
  const whole = config.get(name);
  if (!whole || rest.length === 0) return whole;
  let value: unknown = whole.object ? JSON.parse(whole.text) : undefined;
  for (const step of rest) {
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, step);
    value = isThere ? (value as Record<string | number, unknown>)[step] : undefined;
  }
  if (value === undefined) return undefined;
  const object = typeof value === "object" && value !== null;
  return { text: object ? JSON.stringify(value) : String(value ?? ""), secret: whole.secret, object };
}
