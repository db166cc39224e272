import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import * as tls from "node:tls";
import type { AddressInfo } from "node:net";
import { makeServer, type PemPair } from "../../../local/cloud/certificates";
import { openTls } from "../../../local/cloud/tls";
import { temporaryDirectory } from "./helpers/testCloud";

/** Whether Node trusts a server that presents the certificate under a name. */
async function trustedAs(name: string, { certPem, keyPem }: PemPair, ca: string): Promise<true | string> {
  const server = https.createServer({ cert: certPem, key: keyPem });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const socket = tls.connect({ host: "127.0.0.1", port, servername: name, ca }, () => resolve(true));
      socket.on("error", ({ message }) => resolve(message));
      socket.on("close", () => socket.destroy());
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("the certificate authority of the local cloud", () => {
  let home: string;
  beforeEach(() => void (home = temporaryDirectory()));
  afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

  it("is trusted for names of this machine, and for no other even if it signs them", async () => {
    const { ca, cert, key, caFile } = await openTls(home);
    const own = { certPem: cert, keyPem: key };
    for (const name of ["localhost", "clients.blob.localhost", "endpoint.inference.localhost"])
      expect([name, await trustedAs(name, own, ca)]).toEqual([name, true]);
    const caKey = fs.readFileSync(path.join(path.dirname(caFile), "ca-key.pem"), "utf8");
    const foreign = await makeServer({ certPem: ca, keyPem: caKey }, ["login.microsoftonline.com"]);
    expect(await trustedAs("login.microsoftonline.com", foreign, ca)).toMatch(/permitted subtree violation/);
  });

  it("replaces one of an earlier version, which may sign for any host", async () => {
    const { caFile } = await openTls(home);
    const directory = path.dirname(caFile);
    const before = fs.readFileSync(caFile, "utf8");
    expect((await openTls(home)).ca).toBe(before);
    const unlimited = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=old", "-days", "365"];
    const files = ["-keyout", path.join(directory, "ca-key.pem"), "-out", caFile];
    if (spawnSync("openssl", [...unlimited, ...files]).status !== 0) return;
    const { ca, cert, key } = await openTls(home);
    expect(ca).not.toBe(before);
    expect(await trustedAs("localhost", { certPem: cert, keyPem: key }, ca)).toBe(true);
  });
});
