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
import { join } from "node:path";
import { parseDocument } from "yaml";
import { prepareStack } from "../../local/engine/open";
import type { ResourceState } from "../../local/engine/state/state";
import { type OperationName, runOperation, type RunOptions } from "../../local/engine/run";
import { freePorts } from "../lib/sandbox";
import { operateStack, type OperationSteps } from "../lib/stackOperation";
import { replaceChildProcesses } from "./childProcesses";
import { type CloudImage, startSweepCloud, type SweepCloud } from "./cloud";
import { digestOf } from "./digest";
import { enter } from "./surroundings";
import { forgetTokens, inProcessProgram, startProviders } from "./hosts";
import { sweepSteps } from "./operations";
import { type FaultAt, interceptServers, type Observe, Requests, type Sent } from "./requests";
import { copyKilled, linesOf, type Snapshot } from "./snapshot";
import { installVirtualTime, onStalled, untilQuiet } from "./time";

/** The compiled project and the files that a stack needs of it. */
const project = join(__dirname, "..", "..", "..");
const linked = ["dist", "node_modules", "local", "package.json"];
export const stack = "local";

/** What a run is: an operation of `npm run`, with everything that script does before and after it. */
export interface RunRequest {
  /** Strike requests of the operation. */
  faults?: readonly FaultAt[];
  /** Receives every request instead, before it reaches its service. */
  observe?: Observe;
  /**
   * Receives the faults whose requests keep the whole run waiting for ever, while nothing else happens. Then the requests reach their
   * service after all. Default: the run is killed.
   */
  onStall?: (unanswered: readonly FaultAt[]) => void;
  expectNoChanges?: boolean;
  /** Further options of the engine. */
  options?: Partial<RunOptions>;
  /** Runs a part of the operation instead of the whole. */
  part?: (steps: OperationSteps) => Promise<number>;
}

export interface RunReport {
  operation: OperationName;
  /** Undefined if the run was killed. */
  exitCode: number | undefined;
  /** Killed by its fault, or because it waited for ever. */
  killed: boolean;
  /** The faults that met their requests, in this order. */
  struck: FaultAt[];
  /** Faults whose requests were waiting for an answer when the run was killed. */
  unanswered: FaultAt[];
  /** Everything printed. */
  output: string;
  /** Requests in order of arrival. */
  requests: Sent[];
}

const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/**
 * A stack on a local cloud, with engine, program, providers and cloud in this process. One process can have one harness.
 * Nothing takes time (scripts/sweep/time.ts) and nothing is trained (scripts/sweep/trainer.ts).
 */
export class Harness {
  readonly requests = new Requests();
  private readonly home = mkdtempSync(join(base, "azureml-sweep-"));
  private root = "";
  private roots = 0;
  private opened: SweepCloud | undefined;
  private port: number | undefined;

  constructor() {
    installVirtualTime();
    replaceChildProcesses();
    interceptServers(this.requests);
  }

  get cloud(): SweepCloud {
    if (!this.opened) throw new Error("call reset() first");
    return this.opened;
  }

  /** A new stack without a state, on a cloud without resources. */
  async reset(): Promise<void> {
    await this.startCloud();
    this.discard(this.root);
    this.root = this.newRoot();
    mkdirSync(this.root);
    for (const name of linked) symlinkSync(join(project, name), join(this.root, name));
    for (const name of ["Pulumi.yaml", `Pulumi.${stack}.yaml`])
      cpSync(join(project, name), join(this.root, name));
    // Enough of the small data set for every step.
    this.edit("dataset.splitPercent", 50);
    // Derives the key of the secrets, once in a process: it takes a while in another thread, unseen by the virtual time.
    await (
      await prepareStack(this.root, stack, this.engineEnv())
    ).secrets;
  }

  /** The stack and its cloud as a kill at this moment leaves them. Nothing else must happen meanwhile. */
  snapshot(): Snapshot {
    return { root: this.takeImage(this.root), cloud: this.cloud.image() };
  }

  /** Continues from a snapshot, which remains. */
  async restore(snapshot: Snapshot): Promise<void> {
    await this.startCloud(snapshot.cloud);
    this.discard(this.root);
    this.root = this.newRoot();
    cpSync(snapshot.root, this.root, { recursive: true, verbatimSymlinks: true });
  }

  /** Deletes the files of a snapshot. */
  forget(snapshot: Snapshot): void {
    this.discard(snapshot.root);
    this.discard(snapshot.cloud.files);
  }

  /** Equal for states from which everything continues in the same way. */
  digest(): string {
    const snapshot = { root: this.root, cloud: this.cloud.image() };
    const digest = digestOf(linesOf(snapshot, stack));
    this.discard(snapshot.cloud.files);
    return digest;
  }

  private async startCloud(from?: CloudImage): Promise<void> {
    await this.opened?.close();
    this.port ??= await freePorts(3);
    this.opened = await startSweepCloud(this.home, this.port, this.requests, from);
  }

  /** Changes one setting of the stack: `finetune.seed`. `undefined` removes it. */
  edit(path: string, value: unknown): void {
    const file = join(this.root, `Pulumi.${stack}.yaml`);
    const document = parseDocument(readFileSync(file, "utf8"));
    const [section = "", ...rest] = path.split(".");
    const at = ["config", `azureml-finetune:${section}`, ...rest];
    if (value === undefined) document.deleteIn(at);
    else document.setIn(at, typeof value === "object" ? document.createNode(value) : value);
    writeFileSync(file, document.toString());
  }

  /** `npm run up`. */
  up = (request: RunRequest = {}): Promise<RunReport> => this.run("up", request);
  /** `npm run preview`. */
  preview = (request: RunRequest = {}): Promise<RunReport> => this.run("preview", request);
  /** `npm run refresh`. */
  refresh = (request: RunRequest = {}): Promise<RunReport> => this.run("refresh", request);
  /** `npm run destroy`. */
  destroy = (request: RunRequest = {}): Promise<RunReport> => this.run("destroy", request);

  /** `npm run orphans -- --stack <stack> --delete`. */
  removeOrphans = (): Promise<RunReport> => this.destroy({ part: (steps) => steps.removeOrphans() });

  /** What a checkout that has lost its state begins with. */
  loseState = (): void => rmSync(join(this.root, ".local/state"), { recursive: true });

  /** The resources of the state. */
  state(): ResourceState[] {
    const file = join(this.root, `.local/state/.pulumi/stacks/azureml-finetune/${stack}.json`);
    if (!existsSync(file)) return [];
    const parsed = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest?: { resources?: ResourceState[] } };
    };
    return parsed.checkpoint.latest?.resources ?? [];
  }

  async close(): Promise<void> {
    await this.opened?.close();
    process.chdir(tmpdir());
    rmSync(this.home, { recursive: true, force: true });
  }

  private engineEnv(): NodeJS.ProcessEnv {
    return { ...this.cloud.env, PULUMI_BACKEND_URL: `file://${join(this.root, ".local", "state")}` };
  }

  private async run(operation: OperationName, request: RunRequest): Promise<RunReport> {
    const { root } = this;
    let output = "";
    let image: string | undefined;
    const print = (line: string): void => void (output += `${line}\n`);
    let end = (): void => undefined;
    let unanswered: FaultAt[] = [];
    const kill = (): void => {
      if (image !== undefined) return;
      unanswered = this.requests.unanswered();
      image = this.takeImage(root);
      this.requests.die();
    };
    const env = this.engineEnv();
    const restore = enter(root, env, (text) => void (output += text));
    try {
      forgetTokens();
      this.requests.begin(request.faults ?? [], kill, request.observe);
      const stall = (): void => {
        const waiting = this.requests.unanswered();
        if (!request.onStall || waiting.length === 0) return kill();
        request.onStall(waiting);
        this.requests.answerHeld();
        end = onStalled(stall);
      };
      end = onStalled(stall);
      const exitCode = await this.operate(operation, request, { root, env, print });
      await untilQuiet();
      const { struck, trace } = this.requests;
      const killed = image !== undefined;
      return {
        operation,
        exitCode: killed ? undefined : exitCode,
        killed,
        struck,
        unanswered,
        output,
        requests: trace,
      };
    } finally {
      end();
      this.requests.end();
      restore();
      if (image !== undefined) {
        this.root = image;
        this.discard(root);
      }
    }
  }

  private async operate(
    operation: OperationName,
    request: RunRequest,
    { root, env, print }: { root: string; env: NodeJS.ProcessEnv; print: (line: string) => void },
  ): Promise<number> {
    const place = { cwd: root, stack, print };
    const engine = async (run: Partial<RunOptions> & { operation: OperationName }): Promise<number> => {
      const { config } = await prepareStack(root, stack, env);
      const texts = new Map([...config].map(([key, { text }]) => [key, text]));
      const providers = await startProviders(texts, print);
      try {
        const { exitCode } = await runOperation({
          stack,
          cwd: root,
          env: { ...env, PULUMI_DEBUG_PROVIDERS: providers.addresses },
          display: "plain",
          startProgram: inProcessProgram(print),
          ...run,
        });
        return exitCode;
      } finally {
        providers.close();
      }
    };
    const throwIfKilled = (): void => {
      if (this.requests.isDead) throw new Killed();
    };
    const steps = sweepSteps(
      { ...place, env, engine, throwIfKilled },
      { operation, ...(request.expectNoChanges ? { expectNoChanges: true } : {}), ...request.options },
    );
    const whole = {
      kind: operation === "preview" ? ("other" as const) : operation,
      isChange: operation !== "preview",
      isPartial: request.options?.targets !== undefined,
      isRepeatable: true,
    };
    const work = request.part?.(steps) ?? operateStack(whole, steps);
    return work.catch((error: unknown) => {
      if (error instanceof Killed) return 1;
      throw error;
    });
  }

  private takeImage(root: string): string {
    const image = this.newRoot();
    copyKilled(root, image, stack);
    return image;
  }

  private newRoot(): string {
    return join(this.home, `root-${++this.roots}`);
  }

  private discard(root: string): void {
    if (root !== "") rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The run was killed: nothing that its process would do afterwards happens. */
class Killed extends Error {}
