import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { isMap, parseDocument } from "yaml";

/** A finished command of a sandbox. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** stdout and stderr in the order of their arrival. */
  all: string;
  seconds: number;
}

/** A running command of a sandbox, in its own process group. */
export interface Running {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the matching part when the output so far matches. Rejects if the command ends first. */
  until(pattern: RegExp): Promise<string>;
  finished: Promise<Finished>;
}

/**
 * A copy of the project for whole lifecycles, with its own directory, ports and home of the local cloud. Code
 * and dependencies are linked. Benchmarks and lifecycle tests use it so that they never change the user's own
 * stack.
 */
export interface Sandbox {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Starts `node dist/scripts/<script>.js …` in the sandbox. */
  start(script: string, ...argv: string[]): Running;
  /** Runs it until it ends. */
  run(script: string, ...argv: string[]): Promise<Finished>;
  /**
   * Sets one value of Pulumi.local.yaml. `undefined` removes it. The path is split at the dots after the
   * namespace.
   */
  setConfig(key: string, value: unknown): void;
  read(file: string): string;
  dispose(): Promise<void>;
}

const linked = ["dist", "node_modules", "local", "policy", "package.json"];

/**
 * Creates a sandbox of the project at `project`. With `sharing`, it is a fresh checkout beside that sandbox: it uses the same
 * cloud, state and stack configuration, and has none of its other files.
 */
export async function makeSandbox(project: string, sharing?: Sandbox): Promise<Sandbox> {
  const root = mkdtempSync(path.join(tmpdir(), "azureml-finetune-"));
  for (const name of linked) {
    symlinkSync(path.join(project, name), path.join(root, name));
  }
  const settings = sharing?.root ?? project;
  for (const name of readdirSync(settings).filter((file) => /^Pulumi(\..+)?\.yaml$/.test(file))) {
    copyFileSync(path.join(settings, name), path.join(root, name));
  }
  const env: NodeJS.ProcessEnv = sharing
    ? { ...sharing.env, AZUREML_LOCAL_HOME: path.join(sharing.root, ".local") }
    : { ...process.env, AZUREML_LOCAL_PORT: String(await freePorts(3)) };
  if (!sharing) delete env["AZUREML_LOCAL_HOME"];
  delete env["NODE_OPTIONS"];
  const start = (script: string, ...argv: string[]): Running => launch(root, env, script, argv);
  return {
    root,
    env,
    start,
    run: (script, ...argv) => start(script, ...argv).finished,
    setConfig: (key, value) => setConfig(path.join(root, "Pulumi.local.yaml"), key, value),
    read: (file) => readFileSync(path.join(root, file), "utf8"),
    dispose: async () => {
      if (!sharing) await start("local", "stop").finished;
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** The first of `count` consecutive ports that are free on loopback, below the range of ephemeral ports. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) {
      return first;
    }
  }
  throw new Error(`no ${count} consecutive free ports found on 127.0.0.1 between 20000 and 32000`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function launch(root: string, env: NodeJS.ProcessEnv, script: string, argv: string[]): Running {
  const started = Date.now();
  const child = spawn(process.execPath, [path.join(root, "dist", "scripts", `${script}.js`), ...argv], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  let all = "";
  const watchers = new Set<() => void>();
  const collect = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    all += text;
    if (stream === "stdout") stdout += text;
    else stderr += text;
    watchers.forEach((watch) => watch());
  };
  child.stdout.on("data", collect("stdout"));
  child.stderr.on("data", collect("stderr"));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? (signal ? 128 : 1),
        stdout,
        stderr,
        all,
        seconds: (Date.now() - started) / 1000,
      }),
    );
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const [found] = pattern.exec(all) ?? [];
          if (found === undefined) return;
          watchers.delete(watch);
          resolve(found);
        };
        watchers.add(watch);
        watch();
        void finished.then(() => reject(new Error(`ended before ${String(pattern)} was printed:\n${all}`)));
      }),
    finished,
  };
}

function setConfig(file: string, key: string, value: unknown): void {
  const document = parseDocument(existsSync(file) ? readFileSync(file, "utf8") : "config: {}\n");
  const colon = key.indexOf(":");
  const [first = "", ...rest] = key.slice(colon + 1).split(".");
  const at = ["config", `${key.slice(0, colon)}:${first}`, ...rest];
  const parent = document.getIn(at.slice(0, -1));
  if (rest.length > 0 && !isMap(parent)) {
    document.setIn(at.slice(0, -1), document.createNode({}));
  }
  if (value === undefined) document.deleteIn(at);
  else document.setIn(at, value);
  writeFileSync(file, document.toString());
}
