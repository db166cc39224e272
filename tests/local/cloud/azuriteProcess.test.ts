import { fork } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Azurite, AzuriteCommand, AzuriteEvent } from "../../../local/cloud/azurite";
import { createBlobs } from "../../../local/cloud/blobs";
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

describe("the process of the blob service", () => {
  let home: string;
  beforeEach(() => void (home = temporaryDirectory()));
  afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

  it("finishes a save in progress before it stops", async () => {
    const hook = path.join(home, "slowSaves.js");
    fs.writeFileSync(hook, SLOW_SAVES);
    const tls = await openTls(home);
    const key = Buffer.alloc(64, 1).toString("base64");
    const child = fork(compiledFile("local/cloud/azuriteProcess.js"), [], {
      execArgv: ["--require", hook],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const eventOf = (kind: string): Promise<AzuriteEvent> =>
      new Promise((resolve) =>
        child.on("message", (event: AzuriteEvent) => void (event.kind === kind && resolve(event))),
      );
    const ready = eventOf("ready");
    const saving = eventOf("saving");
    child.send({
      kind: "start",
      port: 0,
      directory: home,
      certFile: tls.certFile,
      keyFile: tls.keyFile,
      accounts: `tests:${key}:${key}`,
      tokenOnly: [],
    } satisfies AzuriteCommand);
    const { port } = (await ready) as Extract<AzuriteEvent, { kind: "ready" }>;
    const azurite = {
      keysOf: () => ({ key1: key, key2: key }),
      accountUrl: (account: string) => `https://127.0.0.1:${port}/${account}`,
    } as unknown as Azurite;
    await createBlobs(azurite, tls.ca).ensureContainer("tests", "kept");
    await saving;
    child.send({ kind: "stop" } satisfies AzuriteCommand);
    expect(await ended).toBe(0);
    expect(fs.readFileSync(path.join(home, "blobs.json"), "utf8")).toContain('"kept"');
  });
});
