import { EngineError } from "../errors";
import type { ProgramRun } from "../plugin/program";
import { stackType } from "../values/urn";
import { deleteResources } from "./deletes";
import { checkRunning, count, fail, idle, liveResources, type Deployment } from "./deployment";
import { analyzeStack } from "./policies";
import type { Monitor } from "./monitor";
import { refreshAll, reportPending } from "./refresh";

type PhaseContext = {
  operation: "preview" | "up" | "refresh" | "destroy";
  refresh: boolean;
  clearPendingCreates: boolean;
  monitor: Monitor;
  startProgram: () => ProgramRun;
};

/** Runs the phases of an operation in order. Failures are reported and set `stopping` or `sawError`. */
export async function runPhases(d: Deployment, context: PhaseContext): Promise<void> {
  const { operation, refresh, clearPendingCreates } = context;
  try {
    reportPending(d, operation === "refresh" && clearPendingCreates);
    if (refresh) {
      await refreshAll(d);
      // Later decisions compare with what exists now.
      if (operation !== "refresh") d.counts = {};
      d.olds = liveResources(d.journal);
    }
    if (operation === "destroy") await destroy(d);
    else if (operation !== "refresh") await runProgram(d, context);
    const known = [...d.olds.keys(), ...d.registered.keys()];
    const missing = [...d.targets.missing(known), ...d.replacements.missing(known)];
    if (missing.length > 0 && !d.stopping) {
      throw new EngineError(
        "resource",
        `these match nothing in the stack or in the program: ${missing.join(", ")}`,
      );
    }
  } catch (error) {
    fail(d, error);
  }
  await idle(d);
  finishStack(d);
  if (!d.dryRun && d.journal.dirty()) await d.journal.save().catch((error: unknown) => fail(d, error));
}

async function destroy(d: Deployment): Promise<void> {
  await deleteResources(d, d.journal.resources());
  // Empty unless there are targets.
  for (const { urn } of d.journal.resources()) count(d, "same", urn);
}

async function runProgram(d: Deployment, context: PhaseContext): Promise<void> {
  let signalled: () => void = () => undefined;
  const signal = new Promise<void>((resolve) => (signalled = resolve));
  let deletions: Promise<void> | undefined;
  const finish = (): Promise<void> => (deletions ??= deleteLeftovers(d));
  context.monitor.onSignal = async () => {
    signalled();
    await finish().catch(() => undefined);
  };
  const program = context.startProgram();
  const stopWhenStopping = setInterval(() => {
    if (d.stopping && d.inFlight.size === 0) program.stop();
  }, 100);
  try {
    const ended = program.ended.then((endedWell) => {
      if (!endedWell) d.stopping ??= "failed";
    });
    await Promise.race([signal, ended]);
    // An SDK that does not signal has ended its program by now; one that signals waits for the deletions.
    await finish();
    await ended;
    await idle(d);
    if (!d.stopping) await analyzeStack(d);
  } finally {
    clearInterval(stopWhenStopping);
    program.stop();
    await program.ended;
  }
}

async function deleteLeftovers(d: Deployment): Promise<void> {
  await d.serially(async () => undefined);
  await idle(d);
  if (d.sawError && !d.dryRun) d.stopping ??= "failed";
  checkRunning(d);
  const isClaimed = (urn: string): boolean => d.registered.has(d.aliased.get(urn) ?? urn);
  const leftovers = d.journal.leftovers();
  await deleteResources(
    d,
    leftovers.filter((resource) => resource.delete || !isClaimed(resource.urn)),
  );
}

/** After a failure the old outputs stay where no new ones were produced. */
function finishStack(d: Deployment): void {
  const stack = d.journal.resources().find((resource) => resource.type === stackType && !resource.delete);
  if (!stack || d.stackOutputs === undefined) return;
  stack.outputs = d.stopping || d.sawError ? { ...stack.outputs, ...d.stackOutputs } : d.stackOutputs;
  d.journal.touch(stack);
}
