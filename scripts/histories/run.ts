import type { Harness, RunReport } from "../sweep/harness";
import { problemsInOutput, problemsWhenDestroyed } from "../sweep/invariants";
import { modes, resetTo } from "../sweep/cases";
import type { FaultAt } from "../sweep/requests";
import { type Action, faultOf, type HistoryPlan, settings, type Setting, type StruckPaths } from "./actions";
import { applyDrift, servingProblem } from "./drift";

/** The first broken promise of a history. */
export class BrokenPromise extends Error {}

const trainingSettings: readonly Setting[] = ["finetune.learningRate", "dataset.splitPercent"];

/** Runs one history of a stack and checks what must hold after each action and at its end. */
class History {
  private readonly chosen = new Map<Setting, number>();
  /** Trainings that are allowed: one for each combination of inputs, again after their job was deleted. */
  private allowed = 0;
  private trained = new Set<string>();
  /** The endpoint has served, and nobody has asked for its end or taken it away since. */
  private serves = false;
  /** Something was changed outside and not refreshed since. An `up` does not see it. */
  private drifted = false;
  /** Outputs, for a failed history. */
  readonly outputs: string[] = [];

  constructor(
    private readonly harness: Harness,
    /** What faults choose from: `struckPaths`. */
    private readonly paths: StruckPaths,
    /** Ids of what bills without the stack. */
    private readonly before: ReadonlySet<string>,
  ) {}

  async act(action: Action): Promise<void> {
    if (action.do === "edit") return this.edit(action.setting, action.value);
    if (action.do === "drift") return this.drift(action.what);
    const fault =
      "strike" in action && action.strike ? faultOf(action.strike, this.paths[action.do]) : undefined;
    if (action.do === "up") return void (await this.up(fault));
    if (action.do === "destroy") return void (await this.destroy(fault));
    await this.run(action.do, fault);
  }

  /** Whatever has happened: the documented commands bring the stack up, and then down. */
  async end(): Promise<void> {
    const first = await this.up();
    if (first.exitCode !== 0) {
      await this.succeed("refresh");
      await this.succeed("up");
    }
    await this.succeed("refresh");
    await this.succeed("up");
    const preview = await this.run("preview", undefined, true);
    if (preview.exitCode !== 0) this.fail("a preview after refresh and up still shows changes");
    if (this.isOn() && (await servingProblem(this.harness)))
      this.fail("the endpoint does not serve in the end");
    await this.succeed("destroy");
  }

  private isOn(): boolean {
    return settings["endpoint.enabled"][this.indexOf("endpoint.enabled")] === true;
  }

  private indexOf(setting: Setting): number {
    return this.chosen.get(setting) ?? 0;
  }

  private edit(setting: Setting, value: number): void {
    const values = settings[setting];
    const index = value % values.length;
    this.chosen.set(setting, index);
    this.harness.edit(setting, values[index]);
  }

  private async drift(what: Extract<Action, { do: "drift" }>["what"]): Promise<void> {
    if (!(await applyDrift(this.harness, what))) return;
    this.drifted = true;
    if (/traffic|endpoint|deployment/.test(what)) this.serves = false;
    // Without its job a training can be lost; with its result in the state it is not repeated.
    if (what === "job deleted") this.trained = new Set();
  }

  private async up(fault?: FaultAt): Promise<RunReport> {
    const inputs = trainingSettings.map((setting) => this.indexOf(setting)).join();
    if (!this.trained.has(inputs)) this.allowed += 1;
    this.trained.add(inputs);
    // From its first request on, an `up` without endpoint may take the endpoint away.
    if (!this.isOn()) this.serves = false;
    const report = await this.run("up", fault);
    if (report.exitCode === 0 && this.isOn() && !this.drifted) this.serves = true;
    await this.checkServing();
    return report;
  }

  private async destroy(fault?: FaultAt): Promise<RunReport> {
    this.serves = false;
    const report = await this.run("destroy", fault);
    // The workspace takes its jobs along.
    this.trained = new Set();
    if (report.exitCode === 0) {
      const [problem] = problemsWhenDestroyed(this.harness, this.before);
      if (problem) this.fail(`after destroy: ${problem}`);
    }
    return report;
  }

  private async succeed(operation: "up" | "refresh" | "destroy"): Promise<void> {
    const run = { up: () => this.up(), destroy: () => this.destroy(), refresh: () => this.run("refresh") };
    const { exitCode, killed } = await run[operation]();
    if (exitCode !== 0) this.fail(`${operation} ${killed ? "waits for ever" : `ends with ${exitCode}`}`);
  }

  private async run(
    operation: "up" | "refresh" | "destroy" | "preview",
    fault?: FaultAt,
    expectNoChanges = false,
  ): Promise<RunReport> {
    const report = await this.harness[operation]({ faults: fault ? [fault] : [], expectNoChanges });
    if (operation === "refresh" && report.exitCode === 0) this.drifted = false;
    this.outputs.push(`--- ${operation}\n${report.output}`);
    const [problem] = problemsInOutput(this.harness, report);
    if (problem) this.fail(problem);
    const { trainings } = this.harness.cloud.trainer;
    if (trainings > this.allowed) this.fail(`trained ${trainings} times, allowed ${this.allowed}`);
    return report;
  }

  private async checkServing(): Promise<void> {
    const problem = this.serves ? await servingProblem(this.harness) : undefined;
    if (problem) this.fail(`an endpoint that has served no longer serves: ${problem}`);
  }

  private fail(problem: string): never {
    throw new BrokenPromise(problem);
  }
}

/** Reads of a state that the service may or may not have reached: not every run sends them. */
const varying = /OperationsStatus|operationStatuses|operationResults/i;

/**
 * The paths of the requests of an undisturbed life in either mode, by operation and sorted: the same ones in every process.
 * Faults choose from them.
 */
export async function struckPaths(harness: Harness): Promise<StruckPaths> {
  const paths = { up: new Set<string>(), refresh: new Set<string>(), destroy: new Set<string>() };
  for (const mode of modes) {
    await resetTo(harness, mode);
    for (const operation of ["up", "refresh", "destroy"] as const) {
      const { exitCode, output, requests } = await harness[operation]();
      if (exitCode !== 0) throw new Error(`the undisturbed ${operation} failed:\n${output}`);
      for (const { path } of requests) if (!varying.test(path)) paths[operation].add(path);
    }
  }
  const sorted = (set: ReadonlySet<string>): string[] => [...set].sort();
  return { up: sorted(paths.up), refresh: sorted(paths.refresh), destroy: sorted(paths.destroy) };
}

/**
 * Runs a history on a new stack. Throws `BrokenPromise`.
 * @param onOutput receives everything printed if the history fails.
 */
export async function runHistory(
  harness: Harness,
  paths: StruckPaths,
  { mode, actions }: HistoryPlan,
  onOutput: (text: string) => void,
): Promise<void> {
  const before = await resetTo(harness, mode);
  const history = new History(harness, paths, before);
  try {
    for (const action of actions) await history.act(action);
    await history.end();
  } catch (error) {
    onOutput(history.outputs.join(""));
    throw error;
  }
}
