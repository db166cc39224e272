/**
 * Azurite as the data plane of the storage accounts, in its own process: loading it blocks the event loop for
 * 0.9 s.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "./cloud";
import { LOOPBACK } from "./constants";
import type { Fault } from "./faults/fault";
import type { Faults } from "./faults/faults";
import { freePort, portError, waitUntilFree } from "./listen";
import { compiledFile } from "./paths";
import { isWrite, type RequestLine, type RequestLog } from "./requestLog";
import { CloudStartError } from "./startError";
import type { TlsFiles } from "./tls";

export type AzuriteCommand =
  | ({
      kind: "start";
      port: number;
      directory: string;
      certFile: string;
      keyFile: string;
      /** The PEM that verifies tokens. Absent: a token is accepted whoever signed it. */
      tokenKey?: string;
    } & AccountsServed)
  | ({ kind: "accounts" } & AccountsServed)
  | { kind: "faults"; faults: Fault[] }
  | { kind: "stop" };

export type AzuriteEvent =
  | { kind: "ready"; port: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "done" }
  | { kind: "struck"; id: number; seen: number; struck: number }
  | { kind: "request"; line: RequestLine };

interface AccountKeys {
  key1: string;
  key2: string;
  /** The account refuses its keys; absent if it accepts them. */
  tokenOnly?: true;
}

interface AccountsServed {
  /** `name:key1:key2;…`, Azurite's own notation. */
  accounts: string;
  /** Names of accounts that refuse their keys. */
  tokenOnly: string[];
}

/** For the message about a taken port. */
const PURPOSE = "blob storage";
const COLLECTION = "storageKeys";
const START_TIMEOUT_MS = 30_000;
/** Saving takes seconds on a busy machine; a kill before it has finished loses the latest blobs. */
const STOP_TIMEOUT_MS = 30_000;
const PORT_RETRY_MS = 100;

interface AzuriteOptions {
  home: string;
  port: number;
  tls: TlsFiles;
  tokenKey?: string;
  store: Store;
  log: (area: string, message: string) => void;
  faults: Faults;
  requestLog: RequestLog;
}

export class Azurite {
  /** The port it listens or will listen on; 0 before the first start if it may take any free port. */
  port: number;
  /** Requests of clients (not the cloud's own) since the start. */
  readonly counters = { total: 0, writes: 0 };
  private child: ChildProcess | undefined;
  /** Serializes starts, stops and changes of accounts. */
  private turn: Promise<unknown> = Promise.resolve();
  /** Of the commands sent and not yet executed, in order: the process executes them in order. */
  private readonly acknowledgements: Array<() => void> = [];
  private closing = false;

  constructor(private readonly options: AzuriteOptions) {
    this.port = options.port;
    options.faults.onChange(() => this.sendFaults());
  }

  /** `https://127.0.0.1:<port>/<account>`, no trailing slash. */
  accountUrl(account: string): string {
    return `https://${LOOPBACK}:${this.port}/${account}`;
  }

  keysOf(account: string): AccountKeys | undefined {
    return this.options.store.get(COLLECTION, account);
  }

  /** Adds an account, with new keys if it has none, and resolves when Azurite serves it. */
  async addAccount(account: string): Promise<AccountKeys> {
    const keys = this.keysOf(account) ?? { key1: newKey(), key2: newKey() };
    this.options.store.put(COLLECTION, account, keys);
    await this.apply();
    return keys;
  }

  /** Lets an account accept its keys, or tokens only. */
  async allowKeys(account: string, isAllowed: boolean): Promise<void> {
    const keys = this.keysOf(account);
    if (!keys || isAllowed === (keys.tokenOnly === undefined)) return;
    const { key1, key2 } = keys;
    this.options.store.put(COLLECTION, account, { key1, key2, ...(isAllowed ? {} : { tokenOnly: true }) });
    await this.apply();
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

  /** Starts the process if there are accounts to serve; otherwise waits until its port is free. */
  async startIfNeeded(): Promise<void> {
    if (this.served().accounts === "" && this.port !== 0) await waitUntilFree(this.port, PURPOSE);
    await this.apply();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.turn.catch(() => {});
    await this.stop();
  }

  private served(): AccountsServed {
    const entries = this.options.store.list<AccountKeys>(COLLECTION);
    return {
      accounts: entries.map(([name, { key1, key2 }]) => `${name}:${key1}:${key2}`).join(";"),
      tokenOnly: entries.flatMap(([name, { tokenOnly }]) => (tokenOnly ? [name] : [])),
    };
  }

  /** Reconciles the process with the store: it runs with exactly these accounts, or it does not run. */
  private apply(): Promise<void> {
    const next = this.turn.catch(() => {}).then(() => this.reconcile());
    this.turn = next;
    return next;
  }

  private async reconcile(): Promise<void> {
    if (this.closing) return;
    const served = this.served();
    if (served.accounts === "") return this.stop();
    if (!this.child) return this.start(served);
    await this.command(this.child, { kind: "accounts", ...served });
  }

  private command(child: ChildProcess, command: AzuriteCommand): Promise<void> {
    return new Promise((resolve) => {
      this.acknowledgements.push(resolve);
      child.send(command);
    });
  }

  /** The blob process applies and counts its faults itself, because only it sees its requests. */
  private async sendFaults(): Promise<void> {
    const faults = this.options.faults.list().filter(({ on }) => on === "blobs");
    if (this.child?.connected) await this.command(this.child, { kind: "faults", faults });
  }

  private async start(served: AccountsServed): Promise<void> {
    if (this.port === 0) this.port = await freePort(PURPOSE);
    await waitUntilFree(this.port, PURPOSE);
    const { home, tls, tokenKey, log } = this.options;
    const directory = path.join(home, "azurite");
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const output = fs.openSync(path.join(home, "azurite.log"), "a", 0o600);
    // An empty environment: Azurite and Node act on several variables.
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], AZURITE_DB: undefined };
    const child = fork(compiledFile("local/cloud/azuriteProcess.js"), [], {
      stdio: ["ignore", output, output, "ipc"],
      env,
      execArgv: ["--max-old-space-size=512"],
    });
    fs.closeSync(output);
    this.child = child;
    child.on("message", (event: AzuriteEvent) => this.handleEvent(event));
    child.on("exit", () => this.handleExit(child));
    const { certFile, keyFile } = tls;
    child.send({
      kind: "start",
      port: this.port,
      directory,
      certFile,
      keyFile,
      tokenKey,
      ...served,
    } satisfies AzuriteCommand);
    await this.ready(child);
    await this.sendFaults();
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
        child.off("message", onMessage);
        child.off("exit", exited);
        if (error) reject(error);
        else resolve();
      };
      const onMessage = (event: AzuriteEvent): void => {
        if (event.kind === "ready") settle();
        if (event.kind !== "failed") return;
        const cause = Object.assign(new Error(event.message), { code: event.code });
        const known = portError(cause, this.port, PURPOSE);
        const message = `Azurite, the blob service, failed to start: ${event.message}. See azurite.log.`;
        settle(known === cause ? new CloudStartError("BlobServiceFailed", message, { cause }) : known);
      };
      const exited = (code: number | null): void =>
        settle(
          new CloudStartError("BlobServiceFailed", `Azurite exited with code ${code}; see azurite.log.`),
        );
      child.on("message", onMessage);
      child.on("exit", exited);
    });
  }

  private handleEvent(event: AzuriteEvent): void {
    if (event.kind === "done") {
      this.acknowledgements.shift()?.();
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

  private handleExit(child: ChildProcess): void {
    for (const acknowledge of this.acknowledgements.splice(0)) acknowledge();
    if (this.child !== child) return;
    this.child = undefined;
    if (this.closing) return;
    this.options.log("blobs", "Azurite exited unexpectedly; restarting it");
    void delay(PORT_RETRY_MS, undefined, { ref: false })
      .then(() => this.apply())
      .catch((error: unknown) => this.options.log("blobs", `restart failed: ${String(error)}`));
  }

  private async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.send({ kind: "stop" } satisfies AzuriteCommand, () => {});
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}

function newKey(): string {
  return randomBytes(64).toString("base64");
}
