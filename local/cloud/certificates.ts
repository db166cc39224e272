import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const DAY_MS = 24 * 3600 * 1000;
const CA_DAYS = 5 * 365;
const SERVER_DAYS = 397;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** `*.blob.localhost` and `*.localhost` are for clients that put a name before the host. */
const DNS_NAMES = [
  "localhost",
  "*.localhost",
  "*.blob.localhost",
  "*.file.localhost",
  "*.inference.localhost",
];

const NAME_CONSTRAINTS = "2.5.29.30";
/**
 * Permitted names in DER (RFC 5280, 4.2.1.10): DNS names at and below localhost, and 127.0.0.1. A person who installs the CA
 * in a browser trusts it for no other host.
 */
const OWN_NAMES_ONLY = Buffer.from("301ba019300b82096c6f63616c686f7374300a87087f000001ffffffff", "hex");

export interface PemPair {
  certPem: string;
  keyPem: string;
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

/**
 * The subject contains a serial number: a client must not mistake a new CA for an old one of the same name.
 */
export async function makeAuthority(): Promise<PemPair> {
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
      new x509.Extension(NAME_CONSTRAINTS, true, OWN_NAMES_ONLY),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: `${certificate.toString("pem")}\n`, keyPem };
}

/** @param dnsNames Default: the local cloud's own. */
export async function makeServer(ca: PemPair, dnsNames: readonly string[] = DNS_NAMES): Promise<PemPair> {
  const authority = new x509.X509Certificate(ca.certPem);
  const { keys, keyPem } = await makeKeys();
  const signingKey = await importKey(ca.keyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: "CN=localhost",
    issuer: authority.subject,
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
        ...dnsNames.map((value) => ({ type: "dns" as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return { certPem: `${certificate.toString("pem")}\n`, keyPem };
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]) as Promise<webcrypto.CryptoKey>;
}

function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
