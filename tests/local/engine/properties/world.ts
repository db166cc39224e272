import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import fsPromises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "../../../../local/engine/display/events";
import { runOperation, type RunOptions, type RunResult } from "../../../../local/engine/run";
import { parseCheckpoint } from "../../../../local/engine/state/checkpoint";
import { openSecrets } from "../../../../local/engine/state/secrets";
import { emptyCloud, serveCloud, type Cloud, type FaultKind, type Method } from "./cloud";
import { project, stack, type Graph } from "./graph";
import { programOf } from "./program";
import { missedThings, phantoms, readState, soundnessProblems, type Ledger, type State } from "./soundness";

/** The moment a run is killed: around the n-th write of the state, or around the n-th changing call of the provider. */
export type Kill = {
  at: "write" | "call";
  count: number;
  phase: "before" | "after";
  /** Calls in progress at that moment still take effect (a provider that outlives its engine). */
  finishes: boolean;
};

export type Fault = { method: Method; name: string; kind: FaultKind };

export type RunPlan = {
  operation: RunOptions["operation"];
  graph: Graph;
  options?: Partial<RunOptions>;
  faults?: Fault[];
  kill?: Kill | undefined;
  /** Durations of the calls in milliseconds, used in turn. */
  delays?: number[];
};

export type Outcome = {
  result: RunResult | undefined;
  killed: boolean;
  /** Completed steps in order, as `<operation> <urn>`. Default providers and the stack are left out. */
  steps: string[];
  errors: string[];
  events: EngineEvent[];
  /** Problems found during the run or after it. */
  problems: string[];
};

const passphrase = "correct horse battery";
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
let salt: Promise<string> | undefined;

/** A stack and its cloud, and the facts about both that are kept from run to run. */
export class World {
  root = mkdtempSync(join(base, "engine-prop-"));
  cloud: Cloud = emptyCloud();
  readonly ledger: Ledger = { last: new Map(), excused: new Set() };
  private readonly roots = [this.root];

  static async make(): Promise<World> {
    const world = new World();
    // One key for all worlds: deriving it is slow on purpose.
    salt ??= openSecrets(undefined, passphrase).then((crypter) => crypter.salt);
    writeFileSync(join(world.root, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    writeFileSync(join(world.root, `Pulumi.${stack}.yaml`), `encryptionsalt: ${await salt}\n`);
    return world;
  }

  remove(): void {
    for (const root of this.roots) rmSync(root, { recursive: true, force: true });
  }

  private statePath(root: string): string {
    return join(root, "state/.pulumi/stacks", project, `${stack}.json`);
  }

  stateText(): string | undefined {
    const path = this.statePath(this.root);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  state(): State {
    return readState(this.stateText());
  }

  /** The state with its secrets in plain text. */
  async plainState(): Promise<State> {
    const crypter = await openSecrets(await salt, passphrase);
    const open = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(open);
      if (typeof value !== "object" || value === null) return value;
      const { ciphertext } = value as { ciphertext?: unknown };
      if (typeof ciphertext === "string") return JSON.parse(crypter.decrypt(ciphertext)) as unknown;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, open(item)]));
    };
    return open(this.state()) as State;
  }

  /** Every file with its time and contents. */
  files(): Record<string, string> {
    const found: Record<string, string> = {};
    const names = readdirSync(this.root, { recursive: true, withFileTypes: true });
    for (const entry of names) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) found[path] = `${statSync(path).mtimeMs} ${readFileSync(path, "utf8")}`;
    }
    return found;
  }

  /** Problems of the state on disk, and between it and the cloud. `settled`: no call is in progress. */
  problems(settled: boolean): string[] {
    const text = this.stateText();
    const found: string[] = [];
    if (text !== undefined) {
      found.push(...soundnessProblems(text));
      try {
        parseCheckpoint(text);
      } catch (error) {
        found.push(`the engine does not read its own state: ${String(error)}`);
      }
      if (text.includes("s3cret")) found.push("a secret is in the state in plain text");
    }
    const state = readState(text);
    found.push(...missedThings(state, this.cloud, this.ledger).map((thing) => `misses ${thing}`));
    if (settled) found.push(...phantoms(state, this.cloud));
    return found;
  }

  /**
   * Runs one operation in this process. A kill copies disk and cloud at its moment; the run itself continues
   * with a dead provider, and everything it does after the kill is discarded.
   */
  async run(plan: RunPlan): Promise<Outcome> {
    const outcome: Outcome = {
      result: undefined,
      killed: false,
      steps: [],
      errors: [],
      events: [],
      problems: [],
    };
    const counts = { write: 0, call: 0 };
    const faults = [...(plan.faults ?? [])];
    let calls = 0;
    let image: { root: string; cloud: Cloud } | undefined;
    const moment = (at: Kill["at"], phase: Kill["phase"], what: string): void => {
      if (image) return;
      const problems = this.problems(false).map((problem) => `${phase} ${what}: ${problem}`);
      outcome.problems.push(...problems);
      if (phase === "before") counts[at] += 1;
      const { kill } = plan;
      if (!kill || kill.at !== at || kill.phase !== phase || kill.count !== counts[at]) return;
      image = this.takeImage(kill.finishes ? underWay : new Set());
    };
    const underWay = new Set<(cloud: Cloud) => void>();
    const provider = await serveCloud(this.cloud, {
      fault: (method, name) => {
        const index = faults.findIndex((fault) => fault.method === method && fault.name === name);
        return index < 0 ? undefined : faults.splice(index, 1)[0]?.kind;
      },
      delay: () => plan.delays?.[calls++ % plan.delays.length] ?? 0,
      point: (phase, call) => moment("call", phase, call),
      dead: () => image !== undefined,
      underWay,
    });
    const restore = watchStateWrites(this.statePath(this.root), (phase) =>
      moment("write", phase, `write ${counts.write}`),
    );
    try {
      outcome.result = await runOperation({
        operation: plan.operation,
        stack,
        cwd: this.root,
        env: {
          PATH: process.env.PATH,
          PULUMI_BACKEND_URL: `file://${this.root}/state`,
          PULUMI_CONFIG_PASSPHRASE: passphrase,
          PULUMI_DEBUG_PROVIDERS: `cloud:${provider.port}`,
        },
        display: "silent",
        parallel: 16,
        onEvent: (event) => outcome.events.push(event),
        startProgram: programOf(plan.graph),
        ...plan.options,
      });
    } finally {
      restore();
      provider.close();
    }
    if (image) {
      this.roots.push(image.root);
      Object.assign(this, image);
      outcome.result = undefined;
      outcome.killed = true;
    }
    readEvents(outcome);
    const found = this.problems(!outcome.killed).map((problem) => `after ${plan.operation}: ${problem}`);
    outcome.problems.push(...found);
    return outcome;
  }

  /**
   * The files and the cloud as a kill at this moment leaves them: the lock belongs to a process that no
   * longer exists.
   */
  private takeImage(finishing: ReadonlySet<(cloud: Cloud) => void>): { root: string; cloud: Cloud } {
    const root = mkdtempSync(join(base, "engine-prop-"));
    cpSync(this.root, root, { recursive: true, preserveTimestamps: true });
    const cloud = structuredClone(this.cloud);
    const locks = join(root, "state/.pulumi/locks/organization", project, stack);
    for (const name of existsSync(locks) ? readdirSync(locks) : []) {
      const path = join(locks, name);
      if (!name.endsWith(".json")) continue;
      const lock = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
      // Above the highest pid that Linux assigns.
      writeFileSync(path, JSON.stringify({ ...lock, pid: 4_194_305 }));
    }
    for (const effect of finishing) {
      try {
        effect(cloud);
      } catch {
        // The cloud rejected it.
      }
    }
    // The engine cannot know about calls without an answer.
    const pending = readState(
      existsSync(this.statePath(root)) ? readFileSync(this.statePath(root), "utf8") : undefined,
    ).pending;
    for (const { resource, type } of pending) {
      if (type === "deleting" && !cloud.things[resource.id ?? ""]) cloud.unsure.push(resource.id ?? "");
      if (type === "updating") cloud.drifted.push(resource.id ?? "");
    }
    for (const thing of Object.values(cloud.things)) {
      const known = this.ledger.last.has(thing.id);
      if (!known) thing.answered = false;
    }
    return { root, cloud };
  }
}

function readEvents(outcome: Outcome): void {
  for (const event of outcome.events) {
    if (event.kind === "diagnostic" && event.severity === "error") outcome.errors.push(event.message);
    if (event.kind !== "step-done" || /^pulumi:/.test(event.step.type)) continue;
    outcome.steps.push(`${event.step.operation} ${event.step.urn}`);
  }
}

/** Calls back before and after every rename onto the state file. */
function watchStateWrites(path: string, each: (phase: "before" | "after") => void): () => void {
  const { rename } = fsPromises;
  fsPromises.rename = async (from, to) => {
    if (to !== path) return rename(from, to);
    each("before");
    await rename(from, to);
    each("after");
  };
  return () => {
    fsPromises.rename = rename;
  };
}
