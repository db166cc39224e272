import { spawn, type ChildProcess } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EngineEvent } from "../../../local/engine/display/events";
import { runOperation, type OperationName, type RunOptions, type RunResult } from "../../../local/engine/run";
import type { ResourceState } from "../../../local/engine/state/state";

const repository = resolve(__dirname, "../../..");
const cli = join(repository, "dist/local/engine/cli.js");

export type Run = RunResult & {
  events: EngineEvent[];
  /** Visible steps in order: `create base`, `delete-replaced base`… */
  steps: string[];
  errors: string[];
};

export type Cloud = { next: number; things: Record<string, Record<string, unknown>>; log: string[] };

/** A temporary project with one of the programs, its own backend and its own toy cloud. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), "engine-"));
  readonly project: string;
  readonly cloudFile = join(this.root, "cloud.json");
  readonly statePath: string;

  constructor(program: string, stack = "dev") {
    cpSync(join(__dirname, "programs"), this.root, { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(this.root, "node_modules"));
    this.project = join(this.root, program);
    mkdirSync(this.project, { recursive: true });
    writeFileSync(
      join(this.project, "Pulumi.yaml"),
      `name: ${program}\nruntime: {name: nodejs, options: {typescript: false}}\n`,
    );
    this.config({}, stack);
    this.statePath = join(this.root, "state/.pulumi/stacks", program, `${stack}.json`);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${this.root}/state`,
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
      CLOUD_FILE: this.cloudFile,
    };
  }

  /** Sets the program's configuration and keeps the salt that the first `up` wrote. */
  config(values: Record<string, string>, stack = "dev"): this {
    const path = join(this.project, `Pulumi.${stack}.yaml`);
    const salt = existsSync(path)
      ? (/^encryptionsalt: .*$/m.exec(readFileSync(path, "utf8"))?.[0] ?? "")
      : "";
    const lines = Object.entries(values).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
    writeFileSync(path, `${salt}\n${lines.length > 0 ? `config:\n${lines.join("")}` : ""}`);
    return this;
  }

  async run(operation: OperationName, options: Partial<RunOptions> = {}): Promise<Run> {
    const events: EngineEvent[] = [];
    const result = await runOperation({
      operation,
      stack: "dev",
      cwd: this.project,
      env: this.env,
      display: "silent",
      onEvent: (event) => events.push(event),
      ...options,
    });
    const steps = events.flatMap((event) => {
      if (event.kind !== "step-done" || event.step.operation === "same") return [];
      if (/^pulumi:(providers|pulumi)/.test(event.step.type)) return [];
      return [`${event.step.operation} ${event.step.name}`];
    });
    const errors = events.flatMap((event) =>
      event.kind === "diagnostic" && event.severity === "error" ? [event.message] : [],
    );
    return { ...result, events, steps, errors };
  }

  /** Starts the command line in a separate process. */
  start(...argv: string[]): ChildProcess & { text: () => string } {
    const child = spawn(process.execPath, [cli, ...argv, "--stack", "dev", "--cwd", this.project], {
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.stderr.on("data", (data) => (text += data));
    return Object.assign(child, { text: () => text });
  }

  get cloud(): Cloud {
    return existsSync(this.cloudFile)
      ? (JSON.parse(readFileSync(this.cloudFile, "utf8")) as Cloud)
      : { next: 1, things: {}, log: [] };
  }

  /** Labels of the things in the cloud. */
  get labels(): string[] {
    return Object.values(this.cloud.things)
      .map((thing) => String(thing.label))
      .sort();
  }

  get state(): {
    resources: ResourceState[];
    pending: { resource: ResourceState; type: string }[];
    text: string;
  } {
    if (!existsSync(this.statePath)) return { resources: [], pending: [], text: "" };
    const text = readFileSync(this.statePath, "utf8");
    const latest = JSON.parse(text).checkpoint.latest;
    return { resources: latest.resources ?? [], pending: latest.pending_operations ?? [], text };
  }

  resource(name: string): ResourceState | undefined {
    return this.state.resources.find((resource) => resource.urn.endsWith(`::${name}`));
  }

  /** Deletes the stack's state and empties the cloud. */
  reset(): void {
    rmSync(join(this.root, "state"), { recursive: true, force: true });
    rmSync(this.cloudFile, { force: true });
  }

  hold(): void {
    writeFileSync(`${this.cloudFile}.hold`, "");
  }

  release(): void {
    rmSync(`${this.cloudFile}.hold`, { force: true });
  }

  remove(): void {
    this.release();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Waits until `ready` returns true. If it never does, the time limit of the test ends the wait. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resume) => setTimeout(resume, 50));
}

/** Exit code of a child. */
export function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resume) => child.once("close", (code) => resume(code)));
}
