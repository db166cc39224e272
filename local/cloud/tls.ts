/** The local cloud's own certificate authority and server certificate, made on first start. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as x509 from "@peculiar/x509";
import { CloudStartError } from "./startError";

const DAY_MS = 24 * 3600 * 1000;
const CA_DAYS = 5 * 365;
const SERVER_DAYS = 397;
/** A certificate is renewed when it has less than this left. */
const RENEW_BEFORE_DAYS = 30;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Names the server answers to; `*.blob.localhost` and `*.localhost` are for clients that put a name before the host. */
const DNS_NAMES = [
  "localhost",
  "*.localhost",
  "*.blob.localhost",
  "*.file.localhost",
  "*.inference.localhost",
];

export interface TlsFiles {
  caFile: string;
  certFile: string;
  keyFile: string;
  ca: string;
  cert: string;
  key: string;
}

interface Pair {
  certificate: x509.X509Certificate;
  keyPem: string;
}

/** Where a cloud with this state directory keeps the certificate its clients trust. */
export function caFileOf(home: string): string {
  return path.join(home, "tls", "ca.pem");
}

/**
 * Loads CA and server certificate, making or renewing what is missing or about to expire. A new CA means clients started
 * earlier no longer trust the server, so it is only made when there is none or it has run out.
 * @throws CloudStartError("TlsDamaged") if a file is there but is not what it should be
 */
export async function openTls(home: string): Promise<TlsFiles> {
  const caFile = caFileOf(home);
  const directory = path.dirname(caFile);
  const certFile = path.join(directory, "server.pem");
  const keyFile = path.join(directory, "server-key.pem");
  const caKeyFile = path.join(directory, "ca-key.pem");
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  let ca = load(caFile, caKeyFile);
  let server = load(certFile, keyFile);
  if (!ca || !server || server.certificate.issuer !== ca.certificate.subject) {
    if (!ca) {
      ca = await makeAuthority();
      save(caFile, caKeyFile, ca);
    }
    server = await makeServer(ca);
    save(certFile, keyFile, server);
  }
  return {
    caFile,
    certFile,
    keyFile,
    ca: ca.certificate.toString("pem"),
    cert: server.certificate.toString("pem"),
    key: server.keyPem,
  };
}

function load(certFile: string, keyFile: string): Pair | undefined {
  if (!fs.existsSync(certFile) || !fs.existsSync(keyFile)) return undefined;
  try {
    const certificate = new x509.X509Certificate(fs.readFileSync(certFile, "utf8"));
    const left = certificate.notAfter.getTime() - Date.now();
    if (left < RENEW_BEFORE_DAYS * DAY_MS) return undefined;
    return { certificate, keyPem: fs.readFileSync(keyFile, "utf8") };
  } catch (error) {
    const message = `${certFile} is not a certificate. Delete ${path.dirname(certFile)}: it is made again on the next start.`;
    throw new CloudStartError("TlsDamaged", message, { cause: error });
  }
}

function save(certFile: string, keyFile: string, pair: Pair): void {
  fs.writeFileSync(keyFile, pair.keyPem, { mode: 0o600 });
  fs.writeFileSync(certFile, `${pair.certificate.toString("pem")}\n`, { mode: 0o644 });
}

async function makeKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; keyPem: string }> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { keys, keyPem: `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n` };
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
}

/** The subject holds a serial: a browser or client must not take a new CA for an old one of the same name. */
async function makeAuthority(): Promise<Pair> {
  const { keys, keyPem } = await makeKeys();
  const serialNumber = randomSerial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: `CN=Azure ML local cloud CA ${serialNumber.slice(0, 8)}`,
    ...validity(CA_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keyPem };
}

async function makeServer(ca: Pair): Promise<Pair> {
  const { keys, keyPem } = await makeKeys();
  const signingKey = await importKey(ca.keyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: "CN=localhost",
    issuer: ca.certificate.subject,
    ...validity(SERVER_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        ...DNS_NAMES.map((value) => ({ type: "dns" as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
    ],
  });
  return { certificate, keyPem };
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]) as Promise<webcrypto.CryptoKey>;
}

/** 16 random bytes, positive, as hex. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
