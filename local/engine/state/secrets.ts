import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { EngineError } from "../errors";

/** Encrypts and decrypts texts in the format of Pulumi's passphrase secrets provider. */
export type Crypter = {
  /** `v1:<salt>:v1:<nonce>:<proof>`, as in `encryptionsalt` and in the state. */
  salt: string;
  /** True if the salt is new and not stored yet. */
  fresh: boolean;
  /** A known text keeps its ciphertext: a new nonce on every save would change every secret each time. */
  encrypt(plaintext: string): string;
  decrypt(ciphertext: string): string;
  /** Makes `encrypt` return this ciphertext for the plaintext, unless it knows one. */
  remember(plaintext: string, ciphertext: string): void;
  /** The text with every known secret (of at least six characters) replaced. */
  mask(text: string): string;
};

const iterations = 1_000_000;
const tagLength = 16;
/** The encrypted text in a salt that proves a passphrase. */
const proof = "pulumi";

/**
 * Without a salt a new one is created. Costs about 0.35 s (one million rounds of PBKDF2-SHA256), off the main
 * thread. Errors: passphrase (a wrong one, a damaged salt).
 */
export async function openSecrets(salt: string | undefined, passphrase: string): Promise<Crypter> {
  const [, encoded, sealed] = /^v1:([^:]+):(v1:[^:]+:[^:]+)$/.exec(salt ?? "") ?? [];
  if (salt !== undefined && encoded === undefined) {
    throw new EngineError(
      "passphrase",
      `encryptionsalt has an unknown form ("${salt.slice(0, 12)}…"); expected v1:<salt>:v1:<nonce>:<text>`,
    );
  }
  const bytes = encoded === undefined ? randomBytes(8) : Buffer.from(encoded, "base64");
  const crypter = crypterOf(await deriveKey(passphrase, bytes));
  if (sealed === undefined) {
    const made = `v1:${bytes.toString("base64")}:${crypter.encrypt(proof)}`;
    return { salt: made, fresh: true, ...crypter };
  }
  try {
    if (crypter.decrypt(sealed) !== proof) throw new Error("the proof does not match");
  } catch (error) {
    throw new EngineError(
      "passphrase",
      "incorrect passphrase: the secrets of this stack were encrypted with another one; " +
        "set PULUMI_CONFIG_PASSPHRASE (or PULUMI_CONFIG_PASSPHRASE_FILE) to the one they were encrypted with",
      error,
    );
  }
  return { salt: salt as string, fresh: false, ...crypter };
}

const derived = new Map<string, Promise<Buffer>>();

/** Cached, because deriving it is slow and scripts run several operations. */
function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  const name = `${salt.toString("base64")} ${passphrase}`;
  const known = derived.get(name) ?? promisify(pbkdf2)(passphrase, salt, iterations, 32, "sha256");
  derived.set(name, known);
  return known;
}

function crypterOf(key: Buffer): Omit<Crypter, "salt" | "fresh"> {
  const known = new Map<string, string>();
  const words = new Set<string>();
  const remember = (plaintext: string, ciphertext: string): void => {
    if (known.has(plaintext)) return;
    known.set(plaintext, ciphertext);
    // In the state secrets are JSON texts, in the configuration plain texts.
    const word = /^".*"$/s.test(plaintext) ? textOf(plaintext) : plaintext;
    if (word.length >= 6 && word !== proof) words.add(word);
  };
  return {
    remember,
    encrypt(plaintext) {
      const before = known.get(plaintext);
      if (before !== undefined) return before;
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
      const text = `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
      remember(plaintext, text);
      return text;
    },
    decrypt(ciphertext) {
      const [version, nonce, sealed = ""] = ciphertext.split(":");
      const bytes = Buffer.from(sealed, "base64");
      if (version !== "v1" || !nonce || bytes.length < tagLength) throw new Error("not a v1 ciphertext");
      const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(bytes.subarray(-tagLength));
      const body = decipher.update(bytes.subarray(0, -tagLength));
      const plaintext = Buffer.concat([body, decipher.final()]).toString("utf8");
      remember(plaintext, ciphertext);
      return plaintext;
    },
    mask(text) {
      let masked = text;
      for (const word of words) if (masked.includes(word)) masked = masked.replaceAll(word, "[secret]");
      return masked;
    },
  };
}

function textOf(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return json;
  }
}

/** PULUMI_CONFIG_PASSPHRASE (even if empty), else PULUMI_CONFIG_PASSPHRASE_FILE. Errors: passphrase. */
export async function findPassphrase(env: NodeJS.ProcessEnv): Promise<string> {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) return env.PULUMI_CONFIG_PASSPHRASE;
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (!file) {
    throw new EngineError(
      "passphrase",
      "passphrase must be set with the PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    );
  }
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new EngineError("passphrase", `PULUMI_CONFIG_PASSPHRASE_FILE: "${file}" cannot be read`, error);
  }
}
