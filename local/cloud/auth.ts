/** Tokens of the local cloud: signed with its own key, with the claims of Entra ID's tokens. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { decode, sign, verify } from "jsonwebtoken";
import { ArmError } from "./armError";
import type { Caller } from "./cloud";
import { LOCAL_PRINCIPAL_ID, LOCAL_TENANT_ID } from "./constants";
import { CloudStartError } from "./startError";

/** The only issuer prefix that Azurite accepts. */
const ISSUER = `https://sts.windows.net/${LOCAL_TENANT_ID}/`;
const LIFETIME_SECONDS = 3600;

export interface Tokens {
  issue(audience: string, expiresInSeconds?: number): string;
  verify(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** Verifies tokens in another process. Undefined if a token may be signed by anyone. */
  verifyingPem: string | undefined;
  /** The public key as a JWK, for the OpenID metadata. */
  publicJwk(): Record<string, unknown>;
}

/** Clients request `https://management.azure.com/` in both cases and with or without the last slash. */
function sameAudience(left: string, right: string): boolean {
  return normalize(left) === normalize(right);
}

function normalize(audience: string): string {
  return audience.replace(/\/+$/, "").toLowerCase();
}

/** @param anyToken Accepts a token whoever signed it, for clients that sign their own. Default: only this cloud's. */
export function openTokens(directory: string, { anyToken = false } = {}): Tokens {
  const key = loadKey(path.join(directory, "token-key.pem"));
  const publicKey = createPublicKey(key);
  return {
    issue: (audience, expiresInSeconds = LIFETIME_SECONDS) => issue(key, audience, expiresInSeconds),
    verify: (authorization, audiences) => check(anyToken ? undefined : publicKey, authorization, audiences),
    verifyingPem: anyToken ? undefined : publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicJwk: () => ({ ...publicKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "local" }),
  };
}

function loadKey(file: string): KeyObject {
  if (fs.existsSync(file)) return readKey(file);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // Renamed into place, so that a kill never leaves a partial key.
  fs.writeFileSync(`${file}.new`, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
  return privateKey;
}

/** @throws CloudStartError("KeyDamaged") that names the file and what to do */
function readKey(file: string): KeyObject {
  try {
    return createPrivateKey(fs.readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${file}, the key that signs the local cloud's tokens, is damaged: ${reason}. Delete it: this invalidates the tokens issued so far and loses nothing else.`;
    throw new CloudStartError("KeyDamaged", message, { cause: error });
  }
}

function issue(key: KeyObject, audience: string, expiresInSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: audience,
    iss: ISSUER,
    iat: now,
    nbf: now - 60,
    exp: now + expiresInSeconds,
    appid: LOCAL_PRINCIPAL_ID,
    idtyp: "app",
    oid: LOCAL_PRINCIPAL_ID,
    sub: LOCAL_PRINCIPAL_ID,
    tid: LOCAL_TENANT_ID,
    uti: randomUUID(),
    ver: "1.0",
  };
  return sign(claims, key, { algorithm: "RS256", keyid: "local" });
}

function check(
  key: KeyObject | undefined,
  authorization: string | undefined,
  audiences: readonly string[],
): Caller {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  if (!token) {
    throw unauthorized(
      "AuthenticationFailed",
      "Authentication failed. The 'Authorization' header is missing or is not a bearer token.",
    );
  }
  const claims = key ? signedClaims(key, token) : unsignedClaims(token);
  const audience = typeof claims["aud"] === "string" ? claims["aud"] : "";
  if (!audiences.some((allowed) => sameAudience(allowed, audience))) {
    const message = `The access token has been obtained for wrong audience or resource '${audience}'. It should exactly match one of the allowed audiences: ${audiences.map((a) => `'${a}'`).join(", ")}.`;
    throw unauthorized("InvalidAuthenticationTokenAudience", message);
  }
  return { objectId: String(claims["oid"]), tenantId: String(claims["tid"]), audience };
}

/** Claims of tokens whose signature has been verified. A client sends the same token with every call. */
const checked = new WeakMap<KeyObject, Map<string, Record<string, unknown>>>();
const MOST_CHECKED = 500;

/** The claims of a token, which are checked except for who signed it. @throws ArmError 401 */
function unsignedClaims(token: string): Record<string, unknown> {
  const claims = decode(token, { json: true }) ?? {};
  if (Number(claims["exp"]) * 1000 > Date.now()) return claims;
  throw unauthorized("InvalidAuthenticationToken", "The access token is malformed or has expired.");
}

/** The claims of a token that the holder of the key has signed. @throws ArmError 401 */
export function signedClaims(key: KeyObject, token: string): Record<string, unknown> {
  const known = checked.get(key) ?? new Map<string, Record<string, unknown>>();
  checked.set(key, known);
  const before = known.get(token);
  if (before && Number(before["exp"]) * 1000 > Date.now()) return before;
  try {
    const claims = verify(token, key, { algorithms: ["RS256"], issuer: ISSUER });
    if (typeof claims === "string") throw new Error("the token contains no claims");
    if (known.size >= MOST_CHECKED) known.clear();
    known.set(token, claims);
    return claims;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && error.name === "TokenExpiredError") {
      throw unauthorized(
        "ExpiredAuthenticationToken",
        "The access token expiry is in the past. Request a new token.",
      );
    }
    throw unauthorized(
      "InvalidAuthenticationToken",
      `The access token is invalid: ${reason}. Only tokens of this local cloud are accepted, unless it runs with AZUREML_LOCAL_ANY_TOKEN=1.`,
      error,
    );
  }
}

function unauthorized(code: string, message: string, cause?: unknown): ArmError {
  const challenge = `Bearer authorization_uri="${ISSUER}", error="invalid_token", error_description="${message.replaceAll('"', "'")}"`;
  return new ArmError(401, code, message, { headers: { "www-authenticate": challenge } }, { cause });
}
