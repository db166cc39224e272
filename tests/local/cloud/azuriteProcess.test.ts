import { type ChildProcess, fork } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Azurite, AzuriteCommand, AzuriteEvent } from "../../../local/cloud/azurite";
import { openTokens } from "../../../local/cloud/auth";
import { createBlobs } from "../../../local/cloud/blobs";
import type { BlobPath, Blobs } from "../../../local/cloud/cloud";
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

/** Saves on SIGUSR2 instead of by time. */
const SAVES_ON_REQUEST = `
const every = globalThis.setInterval;
globalThis.setInterval = (work, ms, ...rest) => {
  if (ms !== 5000) return every(work, ms, ...rest);
  process.on("SIGUSR2", work);
  return every(() => {}, 2 ** 30);
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

  /** The headers with a token of the cloud in a directory. */
  const ownToken = (directory = home): Record<string, string> => ({
    authorization: `Bearer ${openTokens(directory).issue("https://storage.azure.com")}`,
  });

  /** Status and code of the answer to a request. */
  const ask = (method: string, url: string, headers: Record<string, string>): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const ca = fs.readFileSync(path.join(home, "tls", "ca.pem"));
      const options = { method, ca, headers: { "x-ms-version": "2024-11-04", ...headers }, agent: false };
      https
        .request(url, { ...options, checkServerIdentity: () => undefined }, (response) => {
          resolve([response.resume().statusCode, response.headers["x-ms-error-code"]]);
        })
        .on("error", reject)
        .end();
    });

  it("finishes a save in progress before it stops", async () => {
    const hook = path.join(home, "slowSaves.js");
    fs.writeFileSync(hook, SLOW_SAVES);
    const { child, blobs, ended, eventOf } = await start(["--require", hook]);
    const saving = eventOf("saving");
    blobs.ensureContainer("tests", "kept").catch(() => undefined);
    await saving;
    child.send({ kind: "stop" } satisfies AzuriteCommand);
    expect(await ended).toBe(0);
    expect(fs.readFileSync(path.join(home, "blobs.json"), "utf8")).toContain('"kept"');
  });

  it("has exactly the blobs that it confirmed after it was killed, also a second time", async () => {
    const hook = path.join(home, "savesOnRequest.js");
    fs.writeFileSync(hook, SAVES_ON_REQUEST);
    const { child, blobs, url, ended } = await start(["--require", hook]);
    const names = Array.from({ length: 20 }, (_, index) => `folder/${index}.txt`);
    const blob = (name: string): BlobPath => ({ account: "tests", container: "kept", path: name });
    const put = (to: Blobs, text: string): Promise<unknown> =>
      Promise.all(names.map((name) => to.putText(blob(name), `${text} ${name}`)));
    await put(blobs, "first");
    await put(blobs, "second");
    await blobs.putText(blob("deleted"), "text");
    expect(await ask("DELETE", `${url}/kept/deleted`, ownToken())).toEqual([202, undefined]);
    // No write has written the whole metadata: its cost does not grow with the number of blobs.
    const isSaved = (): boolean =>
      fs.readFileSync(path.join(home, "blobs.json"), "utf8").includes("folder/1.txt");
    expect(isSaved()).toBe(false);
    child.kill("SIGUSR2");
    while (!isSaved()) await delay(20);
    await blobs.putText(blob("after the save"), "text");
    child.kill("SIGKILL");
    await ended;
    const again = await start();
    await again.blobs.putText(blob("later"), "later");
    again.child.kill("SIGKILL");
    await again.ended;
    const last = await start();
    for (const name of names) expect(await last.blobs.getText(blob(name))).toBe(`second ${name}`);
    expect(await last.blobs.getText(blob("after the save"))).toBe("text");
    expect(await last.blobs.getText(blob("later"))).toBe("later");
    expect(await last.blobs.list(blob(""))).toHaveLength(names.length + 2);
  });

  it("accepts tokens of its cloud only, and only under the names of this machine", async () => {
    const { url, blobs } = await start();
    await blobs.putText({ account: "tests", container: "kept", path: "a.txt" }, "text");
    const get = (headers: Record<string, string>): Promise<unknown[]> =>
      ask("GET", `${url}/kept/a.txt`, headers);
    expect(await get(ownToken())).toEqual([200, undefined]);
    expect(await get(ownToken(path.join(home, "other")))).toEqual([401, "InvalidAuthenticationInfo"]);
    expect(await get({ ...ownToken(), host: "evil.example" })).toEqual([400, "InvalidHeaderValue"]);
  });
});
