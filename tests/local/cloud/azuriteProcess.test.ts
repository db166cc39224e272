import { type ChildProcess, fork } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import type { Azurite, AzuriteCommand, AzuriteEvent } from "../../../local/cloud/azurite";
import { openTokens } from "../../../local/cloud/auth";
import { createBlobs } from "../../../local/cloud/blobs";
import type { Blobs } from "../../../local/cloud/cloud";
import { openTls } from "../../../local/cloud/tls";
import { compiledFile } from "../../../local/cloud/paths";
import { temporaryDirectory } from "./helpers/testCloud";

/**
 * Saves often; the save that contains the container "kept" does not end before the process is eventOf to stop.
 */
const SLOW_SAVES = `
const fs = require("node:fs");
const { rename } = fs;
const every = globalThis.setInterval;
globalThis.setInterval = (work, ms, ...rest) => every(work, Math.min(ms, 20), ...rest);
let stopped = false;
process.on("message", ({ kind }) => (stopped ||= kind === "stop"));
fs.rename = (from, to, done) => {
  if (stopped || !fs.readFileSync(from, "utf8").includes('"kept"')) return rename(from, to, done);
  process.send({ kind: "saving" });
  process.on("message", ({ kind }) => kind === "stop" && setTimeout(() => rename(from, to, done), 50));
};
`;

interface BlobProcess {
  child: ChildProcess;
  blobs: Blobs;
  url: string;
  ended: Promise<unknown>;
  eventOf(kind: string): Promise<AzuriteEvent>;
}

describe("the process of the blob service", () => {
  let home: string;
  let running: ChildProcess | undefined;
  beforeEach(() => void (home = temporaryDirectory()));
  afterEach(() => {
    running?.kill("SIGKILL");
    fs.rmSync(home, { recursive: true, force: true });
  });

  async function start(execArgv: string[] = []): Promise<BlobProcess> {
    const tls = await openTls(home);
    const key = Buffer.alloc(64, 1).toString("base64");
    const child = fork(compiledFile("local/cloud/azuriteProcess.js"), [], {
      execArgv,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    running = child;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const eventOf = (kind: string): Promise<AzuriteEvent> =>
      new Promise((resolve) =>
        child.on("message", (event: AzuriteEvent) => void (event.kind === kind && resolve(event))),
      );
    const ready = eventOf("ready");
    child.send({
      kind: "start",
      port: 0,
      directory: home,
      certFile: tls.certFile,
      keyFile: tls.keyFile,
      tokenKey: openTokens(home).verifyingPem,
      accounts: `tests:${key}:${key}`,
      tokenOnly: [],
    } satisfies AzuriteCommand);
    const { port } = (await ready) as Extract<AzuriteEvent, { kind: "ready" }>;
    const azurite = {
      keysOf: () => ({ key1: key, key2: key }),
      accountUrl: (account: string) => `https://127.0.0.1:${port}/${account}`,
    } as unknown as Azurite;
    const url = `https://127.0.0.1:${port}/tests`;
    return { child, blobs: createBlobs(azurite, tls.ca), url, ended, eventOf };
  }

  it("finishes a save in progress before it stops", async () => {
    const hook = path.join(home, "slowSaves.js");
    fs.writeFileSync(hook, SLOW_SAVES);
    const { child, blobs, ended, eventOf } = await start(["--require", hook]);
    const saving = eventOf("saving");
    // Its answer waits for the save, so it may not arrive.
    blobs.ensureContainer("tests", "kept").catch(() => undefined);
    await saving;
    child.send({ kind: "stop" } satisfies AzuriteCommand);
    expect(await ended).toBe(0);
    expect(fs.readFileSync(path.join(home, "blobs.json"), "utf8")).toContain('"kept"');
  });

  it("has every blob that it confirmed after it was killed", async () => {
    const { child, blobs, ended } = await start();
    const names = Array.from({ length: 20 }, (_, index) => `folder/${index}.txt`);
    await Promise.all(
      names.map((name) => blobs.putText({ account: "tests", container: "kept", path: name }, name)),
    );
    child.kill("SIGKILL");
    await ended;
    const again = await start();
    for (const name of names)
      expect(await again.blobs.getText({ account: "tests", container: "kept", path: name })).toBe(name);
  });

  it("accepts tokens of its cloud only, and only under the names of this machine", async () => {
    const { url, blobs } = await start();
    await blobs.putText({ account: "tests", container: "kept", path: "a.txt" }, "text");
    const ca = fs.readFileSync(path.join(home, "tls", "ca.pem"));
    const ask = (more: Record<string, string>): Promise<unknown[]> =>
      new Promise((resolve, reject) => {
        const headers = { "x-ms-version": "2024-11-04", ...more };
        const options = { ca, headers, agent: false, checkServerIdentity: () => undefined };
        https
          .get(`${url}/kept/a.txt`, options, (response) => {
            resolve([response.resume().statusCode, response.headers["x-ms-error-code"]]);
          })
          .on("error", reject);
      });
    const own = openTokens(home).issue("https://storage.azure.com");
    expect(await ask({ authorization: `Bearer ${own}` })).toEqual([200, undefined]);
    const foreign = openTokens(path.join(home, "other")).issue("https://storage.azure.com");
    expect(await ask({ authorization: `Bearer ${foreign}` })).toEqual([401, "InvalidAuthenticationInfo"]);
    expect(await ask({ authorization: `Bearer ${own}`, host: "evil.example" })).toEqual([
      400,
      "InvalidHeaderValue",
    ]);
  });
});
