import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { AzuriteCommand } from "../../local/cloud/azurite";
import { main as prepareData } from "../../dataset/cli";
import { type BlobServer, startBlobServer } from "./blobServer";

/**
 * The two child processes of a run, as functions of this process: the blob store of the local cloud and the data step. A
 * process of its own costs more than the rest of a run, and its requests could not be counted.
 */
export function replaceChildProcesses(): void {
  const childProcess = process.getBuiltinModule("node:child_process");
  const { fork, spawn } = childProcess;
  const replaced = {
    fork: (file: string, ...rest: unknown[]) =>
      file.endsWith("azuriteProcess.js")
        ? blobProcess()
        : (fork as (...all: unknown[]) => unknown)(file, ...rest),
    spawn: (command: string, ...rest: unknown[]) => {
      const line = shellCommand(command, rest);
      const words = line === undefined ? [] : wordsOf(line);
      const options = rest.at(-1) as { env?: NodeJS.ProcessEnv } | undefined;
      return words[1]?.endsWith("download-dataset.js")
        ? dataProcess(words.slice(2), options?.env ?? process.env)
        : (spawn as (...all: unknown[]) => unknown)(command, ...rest);
    },
  };
  Object.assign(childProcess, replaced);
}

/** The text that a shell would run: `spawn(text, {shell: true})` or `spawn("/bin/sh", ["-c", text])`. */
function shellCommand(command: string, rest: unknown[]): string | undefined {
  const [first, second] = rest as [unknown, { shell?: boolean } | undefined];
  if (Array.isArray(first)) return first[0] === "-c" ? String(first[1]) : undefined;
  return (first as { shell?: boolean } | undefined)?.shell || second?.shell ? command : undefined;
}

/** Words of a shell command line with quotes, and without any other expansion. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g)].map(([word]) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, double: string | undefined, single: string | undefined) =>
        double === undefined ? (single ?? "") : double.replace(/\\(.)/g, "$1"),
    ),
  );
}

class Child extends EventEmitter {
  readonly pid = undefined;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  exitCode: number | null = null;
  signalCode: string | null = null;
  connected = true;
  exit(code: number): void {
    if (this.exitCode !== null) return;
    this.exitCode = code;
    this.connected = false;
    this.stdout.end();
    this.stderr.end();
    this.emit("exit", code, null);
    // As Node does: after the output has been read.
    setImmediate(() => setImmediate(() => this.emit("close", code, null)));
  }
  kill(): boolean {
    return true;
  }
  unref(): void {}
}

function blobProcess(): Child {
  const child = new Child();
  let server: Promise<BlobServer> | undefined;
  const run = async (command: AzuriteCommand): Promise<void> => {
    if (command.kind === "start") {
      server = startBlobServer(command);
      await server;
      return void child.emit("message", { kind: "ready", port: command.port });
    }
    if (command.kind === "accounts") (await server)?.setAccounts(command.accounts);
    if (command.kind !== "stop") return void child.emit("message", { kind: "done" });
    await (await server)?.close();
    child.exit(0);
  };
  return Object.assign(child, {
    send: (command: AzuriteCommand) => {
      run(command).catch((error: NodeJS.ErrnoException) =>
        child.emit("message", { kind: "failed", code: error.code ?? "", message: error.message }),
      );
      return true;
    },
  });
}

function dataProcess(argv: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = new Child();
  const stop = new AbortController();
  const terminal = {
    env,
    cwd: process.cwd(),
    out: (text: string) => void child.stdout.write(text),
    err: (text: string) => void child.stderr.write(text),
    signal: stop.signal,
  };
  void prepareData(argv, terminal).then((code) => child.exit(code));
  return Object.assign(child, { kill: () => (stop.abort(), true) });
}
