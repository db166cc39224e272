import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "../../local/cloud/faults/fault";
import type { Command } from "./page";
import { Harness, type RunReport } from "../sweep/harness";
import { type FaultAt, type FaultKind, nameOf } from "../sweep/requests";
import type { Snapshot } from "../sweep/snapshot";

const ml = "Microsoft.MachineLearningServices/workspaces";

/** A stack that is broken and brought on again. */
export class Stage {
  readonly harness = new Harness();
  /** A stack that is up, and the requests that led to it. */
  private deployed: { snapshot: Snapshot; requests: RunReport["requests"] } | undefined;
  /** What the runs since the last `begin` have printed. */
  printed = "";

  /** Deployments before the failure. */
  served = 0;

  async run(
    operation: "up" | "preview" | "refresh" | "destroy",
    request: Parameters<Harness["up"]>[0] = {},
  ): Promise<RunReport> {
    const report = await this.harness[operation](request);
    this.printed += `--- ${operation}\n${report.output}`;
    return report;
  }

  /** Runs a command of the runbook. */
  async command(command: Command): Promise<RunReport> {
    if (!command.startsWith("npm run orphans")) return this.run(command as "up" | "refresh" | "destroy");
    const report = await this.harness.removeOrphans();
    this.printed += `--- ${command}\n${report.output}`;
    return report;
  }

  /** A stack that was never deployed. */
  async fromNothing(): Promise<void> {
    this.served = 0;
    await this.harness.reset();
  }

  /** A stack that is up, without another training. */
  async fromDeployed(): Promise<void> {
    this.served = 1;
    if (this.deployed) return this.harness.restore(this.deployed.snapshot);
    await this.harness.reset();
    const { exitCode, output, requests } = await this.harness.up();
    if (exitCode !== 0) throw new Error(`the undisturbed \`up\` failed:\n${output}`);
    this.deployed = { snapshot: this.harness.snapshot(), requests };
  }

  /** The first request of an undisturbed `up` whose method and path match. */
  requestAt(kind: FaultKind, pattern: RegExp): FaultAt {
    const found = this.deployed?.requests.find((sent) => pattern.test(sent.path));
    if (!found) throw new Error(`no request matches ${String(pattern)}: is a stack deployed?`);
    return { kind, path: found.path, ordinal: found.ordinal };
  }

  /** An operation that dies at a request. */
  async killed(operation: "up" | "destroy", at: FaultAt): Promise<void> {
    const { killed } = await this.run(operation, { faults: [at] });
    if (!killed) throw new Error(`${operation} was not killed at ${nameOf(at)}:\n${this.printed}`);
  }

  /** An `up` that fails and prints this. An hour later idle nodes are gone. */
  async failed(pattern: RegExp): Promise<void> {
    const { exitCode, output } = await this.run("up");
    if (exitCode === 0 || !pattern.test(output))
      throw new Error(
        `up ends with ${exitCode}; expected a failure that prints ${String(pattern)}:\n${output}`,
      );
    await delay(3_600_000);
  }

  /** Adds a fault of the local cloud. */
  addFault(fault: Pick<Fault, "kind" | "path"> & Partial<Fault>): Promise<unknown> {
    return this.faults.add({ on: "api", nth: 1, times: 0, retryAfterMs: 100, ...fault });
  }

  clearFaults(): Promise<unknown> {
    return this.faults.clear();
  }

  /** Sends a person's request to the cloud. */
  async post(path: string, payload?: object): Promise<void> {
    const { app, cloud } = this.harness.cloud.running;
    const headers = { authorization: `Bearer ${cloud.issueToken("https://management.azure.com")}` };
    const answer = await app.inject({
      method: "POST",
      url: `${path}?api-version=2025-12-01`,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    if (answer.statusCode >= 300) throw new Error(`POST ${path}: ${answer.body}`);
  }

  /** Cancels the newest job in a while. */
  cancelLater(): void {
    void delay(600_000).then(() => this.post(`${this.jobs().at(-1)}/cancel`));
  }

  /** Repeats the newest job's failure under the names of its next attempts. */
  failAgain(attempts: number): void {
    const { resources } = this.harness.cloud.running.cloud;
    const last = resources.get(this.jobs().at(-1) ?? "");
    if (!last) throw new Error("there is no job");
    for (let attempt = 2; attempt <= attempts; attempt++)
      resources.put({ ...last, id: `${last.id}-${attempt}`, name: `${last.name}-${attempt}` });
  }

  private jobs(): string[] {
    return this.harness.cloud.idsOf(`${ml}/jobs`);
  }

  private get faults() {
    return this.harness.cloud.running.cloud.faults;
  }
}
