import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../local/cloud/cloud";
import { type Mode, resetTo } from "./cases";
import type { Harness, RunReport } from "./harness";
import { problemsInOutput, problemsWhenDestroyed, problemsWhenUp } from "./invariants";
import type { FaultAt, FaultKind } from "./requests";

/** How long the service creates the deployment, in ms of virtual time. */
const creationMs = 40 * 60_000;
/** The second client is killed at this poll of the deployment. */
const lastPoll = 100;

/**
 * An `up` while the service creates the deployment for 40 minutes: the client is killed after its PUT, the next one while it waits,
 * and the third one follows the creation to its end. Then the same with a client whose PUT is answered with a gateway timeout.
 * @returns what was wrong, with the output of the runs.
 */
export async function slowDeployment(harness: Harness, mode: Mode): Promise<string[]> {
  await resetTo(harness, mode);
  const { requests } = await harness.up();
  const path = requests.find(({ route }) => /^PUT .*\/deployments\/\{/.test(route))?.path;
  if (path === undefined) throw new Error("the undisturbed `up` creates no deployment");
  const read = path.replace("PUT", "GET");
  const at = (kind: FaultKind, struck: string, ordinal: number): FaultAt => ({ kind, path: struck, ordinal });

  const kills = [[at("die-after", path, 1)], [at("die-before", read, lastPoll)], []];
  const timeout = [[at("504-after", path, 1)]];
  return [...(await life(harness, mode, read, kills)), ...(await life(harness, mode, read, timeout))];
}

/**
 * A stack from its first `up` to its `destroy`: one `up` for each list of faults. The creation ends 40 minutes after the last of them
 * has begun to read the deployment.
 */
async function life(
  harness: Harness,
  mode: Mode,
  read: string,
  faults: readonly (readonly FaultAt[])[],
): Promise<string[]> {
  const { requests } = harness;
  const before = await resetTo(harness, mode);
  const last = faults.length - 1;
  const runs: RunReport[] = [];
  let isCreating = false;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  slowDown(harness.cloud.running.cloud.clock, async () => {
    isCreating = true;
    await begun;
    await delay(creationMs);
  });
  // Time can jump to a timer of the cloud while a client works in a way that is not seen, but not while it polls.
  requests.onRequest = () => {
    if (isCreating && runs.length === last && requests.trace.at(-1)?.path === read) begin();
  };
  for (const struck of faults) runs.push(await harness.up({ faults: struck }));
  const problems = runs.flatMap((run) => problemsInOutput(harness, run));
  for (const [index, { killed, exitCode, struck, output }] of runs.entries()) {
    if (killed === (index === last) || (index === last && exitCode !== 0))
      problems.push(`up ${index + 1} ends with ${exitCode}`);
    if (struck.length !== faults[index]?.length) problems.push(`up ${index + 1} was not struck`);
    if (index === last && !output.includes("Waiting: deployment")) problems.push("the last up does not wait");
  }
  problems.push(...problemsWhenUp(harness));
  const preview = await harness.preview({ expectNoChanges: true });
  if (preview.exitCode !== 0) problems.push("preview --expect-no-changes shows changes");
  const destroy = await harness.destroy();
  if (destroy.exitCode !== 0) problems.push(`destroy ends with ${destroy.exitCode}`);
  problems.push(...problemsWhenDestroyed(harness, before));
  const output = [...runs, preview, destroy].map((run) => `--- ${run.operation}\n${run.output}`).join("");
  return problems.length > 0 ? [...problems, output] : [];
}

/** The creation of a deployment lasts as long as `work`. The clock of the cloud itself does not take part in the virtual time. */
function slowDown(clock: Clock, work: () => Promise<void>): void {
  const { latency } = clock;
  clock.latency = async (name, signal) => {
    await latency(name, signal);
    if (name === "deployment.create") await work();
  };
}
