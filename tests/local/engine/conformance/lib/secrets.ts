import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * Pulumi's passphrase format, implemented a second time from its description, so that the tests do not depend
 * on the engine's own code. All projects share one salt, because deriving a key takes 0.3 s.
 */
export const passphrase = "correct horse";
const saltBytes = Buffer.from("conforms").toString("base64");
const keys = new Map<string, Buffer>();

/** `v1:<nonce>:<ciphertext and tag>`, with `saltText`'s key. */
export function encrypt(plaintext: string, saltText: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyOf(saltText), nonce);
  const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

/** `encryptionsalt` of every project that starts with one. */
export const salt = `v1:${saltBytes}:${encrypt("pulumi", `v1:${saltBytes}`)}`;

/** Decrypts a ciphertext with `saltText`'s key. */
export function decrypt(ciphertext: string, saltText: string, word = passphrase): string {
  const [, nonce = "", sealed = ""] = ciphertext.split(":");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", keyOf(saltText, word), Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
}

function keyOf(saltText: string, word = passphrase): Buffer {
  const own = saltText.split(":")[1] ?? "";
  const name = `${own} ${word}`;
  const key = keys.get(name) ?? pbkdf2Sync(word, Buffer.from(own, "base64"), 1_000_000, 32, "sha256");
  keys.set(name, key);
  return key;
}
