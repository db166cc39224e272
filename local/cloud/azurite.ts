/** Azurite as the storage accounts' data plane: started with the first account, stopped with the last or with the cloud. */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "./cloud";
import { LOOPBACK } from "./constants";
import type { Fault } from "./faults/fault";
import type { Faults } from "./faults/faults";
import { listenOnLoopback, portError } from "./listen";
import { compiledFile } from "./paths";
import { isWrite, type RequestLine, type RequestLog } from "./requestLog";
import { CloudStartError } from "./startError";
import type { TlsFiles } from "./tls";

/** What the parent tells the blob process. */
export type AzuriteCommand =
  | { kind: "start"; port: number; directory: string; certFile: string; keyFile: string; accounts: string }
  | { kind: "accounts"; ticket: number; accounts: string }
  | { kind: "faults"; ticket: number; faults: Fault[] }
  | { kind: "stop" };

/** What the blob process tells its parent. */
export type AzuriteEvent =
  | { kind: "ready"; port: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "done"; ticket: number }
  | { kind: "struck"; id: number; seen: number; struck: number }
  | { kind: "request"; line: RequestLine };

/** The two keys of a storage account, base64. */
export interface AccountKeys {
  key1: string;
  key2: string;
}

export interface Azurite {
  /** Port it listens or will listen on; 0 before the first start where any free one may be taken. */
  readonly port: number;
  /** `https://127.0.0.1:<port>/<account>`, no trailing slash. */
  accountUrl(account: string): string;
  keysOf(account: string): AccountKeys | undefined;
  /** Makes an account known (new keys unless it is) and resolves when it is served. */
  addAccount(account: string): Promise<AccountKeys>;
  regenerateKey(account: string, which: keyof AccountKeys): Promise<AccountKeys>;
  removeAccount(account: string): Promise<void>;
  /** Starts the process if there are accounts to serve; otherwise makes sure its port will be free. */
  startIfNeeded(): Promise<void>;
  /** Requests of clients (not the cloud's own) since the start. */
  readonly counters: { total: number; writes: number };
  close(): Promise<void>;
}

const COLLECTION = "storageKeys";
const START_TIMEOUT_MS = 30_000;
/** Killed before it has saved it loses what was stored last, and a busy machine takes seconds for that. */
const STOP_TIMEOUT_MS = 30_000;
/** A predecessor whose cloud was killed needs a moment to save and let go of its port. */
const PORT_RETRIES = 30;
const PORT_RETRY_MS = 100;

export interface AzuriteOptions {
  home: string;
  /** 0 = any free one. */
  port: number;
  tls: TlsFiles;
  store: Store;
  log: (area: string, message: string) => void;
  faults: Faults;
  requestLog: RequestLog;
}

export function createAzurite(options: AzuriteOptions): Azurite {
  return new AzuriteRunner(options);
}

class AzuriteRunner implements Azurite {
  port: number;
  readonly counters = { total: 0, writes: 0 };
  private child: ChildProcess | undefined;
  /** One start, stop or change of accounts at a time. */
  private turn: Promise<unknown> = Promise.resolve();
  private ticket = 0;
  private readonly acknowledged = new Map<number, () => void>();
  private closing = false;

  constructor(private readonly options: AzuriteOptions) {
    this.port = options.port;
    options.faults.onChange(() => this.tellFaults());
  }

  accountUrl(account: string): string {
    return `https://${LOOPBACK}:${this.port}/${account}`;
  }

  keysOf(account: string): AccountKeys | undefined {
    return this.options.store.get(COLLECTION, account);
  }

  async addAccount(account: string): Promise<AccountKeys> {
    const keys = this.keysOf(account) ?? { key1: newKey(), key2: newKey() };
    this.options.store.put(COLLECTION, account, keys);
    await this.apply();
    return keys;
  }

  async regenerateKey(account: string, which: keyof AccountKeys): Promise<AccountKeys> {
    const keys = this.keysOf(account);
    if (!keys) throw new Error(`storage account ${account} has no keys`);
    const renewed = { ...keys, [which]: newKey() };
    this.options.store.put(COLLECTION, account, renewed);
    await this.apply();
    return renewed;
  }

  async removeAccount(account: string): Promise<void> {
    this.options.store.delete(COLLECTION, account);
    await this.apply();
  }

  async startIfNeeded(): Promise<void> {
    if (this.accounts() === "" && this.port !== 0) await waitUntilFree(this.port);
    await this.apply();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.turn.catch(() => {});
    await this.stop();
  }

  /** `name:key1:key2;…`, Azurite's own notation. */
  private accounts(): string {
    const entries = this.options.store.list<AccountKeys>(COLLECTION);
    return entries.map(([name, { key1, key2 }]) => `${name}:${key1}:${key2}`).join(";");
  }

  /** Brings the process in line with the store: running with exactly these accounts, or not running. */
  private apply(): Promise<void> {
    const next = this.turn.catch(() => {}).then(() => this.bringInLine());
    this.turn = next;
    return next;
  }

  private async bringInLine(): Promise<void> {
    if (this.closing) return;
    const accounts = this.accounts();
    if (accounts === "") return this.stop();
    if (!this.child) return this.start(accounts);
    await this.command(this.child, (ticket) => ({ kind: "accounts", ticket, accounts }));
  }

  /** Sends a command and waits until it is carried out, or the process is gone. */
  private async command(child: ChildProcess, build: (ticket: number) => AzuriteCommand): Promise<void> {
    const ticket = ++this.ticket;
    const done = new Promise<void>((resolve) => this.acknowledged.set(ticket, resolve));
    child.send(build(ticket));
    await done;
  }

  /** The blob store's process counts and strikes by itself: it is in the way of its requests, nobody else is. */
  private async tellFaults(): Promise<void> {
    const faults = this.options.faults.list().filter(({ on }) => on === "blobs");
    if (this.child?.connected)
      await this.command(this.child, (ticket) => ({ kind: "faults", ticket, faults }));
  }

  private async start(accounts: string): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    await waitUntilFree(this.port);
    const { home, tls, log } = this.options;
    const directory = path.join(home, "azurite");
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const output = fs.openSync(path.join(home, "azurite.log"), "a", 0o600);
    // Nothing is inherited that Azurite or Node would act on.
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], AZURITE_DB: undefined };
    const child = fork(compiledFile("local/cloud/azuriteProcess.js"), [], {
      stdio: ["ignore", output, output, "ipc"],
      env,
      execArgv: ["--max-old-space-size=512"],
    });
    fs.closeSync(output);
    this.child = child;
    child.on("message", (event: AzuriteEvent) => this.hear(event));
    child.on("exit", () => this.ended(child));
    const { certFile, keyFile } = tls;
    child.send({
      kind: "start",
      port: this.port,
      directory,
      certFile,
      keyFile,
      accounts,
    } satisfies AzuriteCommand);
    await this.ready(child);
    await this.tellFaults();
    log("blobs", `Azurite (process ${child.pid}) on ${LOOPBACK}:${this.port}`);
  }

  private ready(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(
          new CloudStartError(
            "BlobServiceFailed",
            `Azurite did not start within ${START_TIMEOUT_MS / 1000} s; see azurite.log.`,
          ),
        );
      }, START_TIMEOUT_MS);
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        child.off("message", hear);
        child.off("exit", exited);
        if (error) reject(error);
        else resolve();
      };
      const hear = (event: AzuriteEvent): void => {
        if (event.kind === "ready") settle();
        if (event.kind !== "failed") return;
        const cause = Object.assign(new Error(event.message), { code: event.code });
        const known = portError(cause, this.port, "blob storage");
        const message = `Azurite, which serves the blobs, failed to start: ${event.message}. See azurite.log.`;
        settle(known === cause ? new CloudStartError("BlobServiceFailed", message, { cause }) : known);
      };
      const exited = (code: number | null): void =>
        settle(new CloudStartError("BlobServiceFailed", `Azurite ended with code ${code}; see azurite.log.`));
      child.on("message", hear);
      child.on("exit", exited);
    });
  }

  private hear(event: AzuriteEvent): void {
    if (event.kind === "done") {
      this.acknowledged.get(event.ticket)?.();
      this.acknowledged.delete(event.ticket);
    } else if (event.kind === "struck") {
      const { id, seen, struck } = event;
      this.options.faults.counted(id, seen, struck);
    } else if (event.kind === "request") {
      const { line } = event;
      this.counters.total++;
      if (isWrite(line.method, line.url)) this.counters.writes++;
      this.options.requestLog.write({ ...line, url: `blobs:${line.url}` });
    }
  }

  private ended(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = undefined;
    for (const acknowledge of this.acknowledged.values()) acknowledge();
    this.acknowledged.clear();
    if (this.closing) return;
    this.options.log("blobs", "Azurite ended unexpectedly; starting it again");
    void delay(PORT_RETRY_MS, undefined, { ref: false })
      .then(() => this.apply())
      .catch((error: unknown) => this.options.log("blobs", `restart failed: ${String(error)}`));
  }

  private async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.send({ kind: "stop" } satisfies AzuriteCommand, () => {});
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }
}

function newKey(): string {
  return randomBytes(64).toString("base64");
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listenOnLoopback(server, 0, "blob storage");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits for a dying predecessor to let go of the port. @throws CloudStartError("PortInUse") if it is somebody else's */
async function waitUntilFree(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const server = net.createServer();
    try {
      await listenOnLoopback(server, port, "blob storage");
      await new Promise((resolve) => server.close(resolve));
      return;
    } catch (error) {
      if (attempt >= PORT_RETRIES) throw error;
      await delay(PORT_RETRY_MS);
    }
  }
}
