import { X509Certificate } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { PemPair } from "./certificates";
import { CloudStartError } from "./startError";

const DAY_MS = 24 * 3600 * 1000;
/** A certificate with less than this left is renewed. */
const RENEW_BEFORE_DAYS = 30;

/** The object identifier of the name constraints (2.5.29.30) in DER. Earlier versions created a CA without them. */
const CONSTRAINED = Buffer.from("0603551d1e", "hex");

export interface TlsFiles {
  caFile: string;
  certFile: string;
  keyFile: string;
  ca: string;
  cert: string;
  key: string;
}

interface Pair extends PemPair {
  certificate: X509Certificate;
}

export function caFileOf(home: string): string {
  return path.join(home, "tls", "ca.pem");
}

/**
 * Creates what is missing and renews what is about to expire. Clients that are already running do not trust a
 * new CA, so one is created only if there is none, it has expired, or it may sign for any host.
 * @throws CloudStartError("TlsDamaged") if a file is not a certificate
 */
export async function openTls(home: string): Promise<TlsFiles> {
  const caFile = caFileOf(home);
  const directory = path.dirname(caFile);
  const certFile = path.join(directory, "server.pem");
  const keyFile = path.join(directory, "server-key.pem");
  const caKeyFile = path.join(directory, "ca-key.pem");
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  let ca = load(caFile, caKeyFile);
  if (!ca?.certificate.raw.includes(CONSTRAINED)) ca = undefined;
  let server = load(certFile, keyFile);
  if (!ca || !server || server.certificate.issuer !== ca.certificate.subject) {
    // Loading it takes longer than everything else here, and is needed once a year.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { makeAuthority, makeServer } = require("./certificates") as typeof import("./certificates");
    if (!ca) ca = save(caFile, caKeyFile, await makeAuthority());
    server = save(certFile, keyFile, await makeServer(ca));
  }
  return { caFile, certFile, keyFile, ca: ca.certPem, cert: server.certPem, key: server.keyPem };
}

function load(certFile: string, keyFile: string): Pair | undefined {
  if (!fs.existsSync(certFile) || !fs.existsSync(keyFile)) return undefined;
  try {
    const certPem = fs.readFileSync(certFile, "utf8");
    const certificate = new X509Certificate(certPem);
    const left = Date.parse(certificate.validTo) - Date.now();
    if (left < RENEW_BEFORE_DAYS * DAY_MS) return undefined;
    return { certificate, certPem, keyPem: fs.readFileSync(keyFile, "utf8") };
  } catch (error) {
    const message = `${certFile} is not a certificate. Delete ${path.dirname(certFile)}: the next start creates it again.`;
    throw new CloudStartError("TlsDamaged", message, { cause: error });
  }
}

/** Renamed into place: a kill never leaves a partial file. */
function save(certFile: string, keyFile: string, pair: PemPair): Pair {
  fs.rmSync(certFile, { force: true });
  for (const [file, text, mode] of [
    [keyFile, pair.keyPem, 0o600],
    [certFile, pair.certPem, 0o644],
  ] as const) {
    fs.writeFileSync(`${file}.new`, text, { mode });
    fs.renameSync(`${file}.new`, file);
  }
  return { ...pair, certificate: new X509Certificate(pair.certPem) };
}
