import { setTimeout as sleep } from "node:timers/promises";
import type { EngineEvent, Step } from "../display/events";
import type { Children } from "../plugin/processes";
import type { ProgramRun } from "../plugin/program";
import type { RunStart } from "./deployment";

export type Signals = {
  /** Resolves when the run ends at once, after the second signal. */
  aborted: Promise<void>;
  isAborted(): boolean;
  onProgram(program: ProgramRun): void;
  close(): void;
};

/** Milliseconds for dynamic providers to return what they know of a resource. Pulumi gives plugins the same time. */
const partingMs = 5_000;

/**
 * As in the Pulumi CLI: after the first signal, steps in progress finish and are recorded; the second ends
 * everything at once and leaves them in the state as pending operations. Unlike the CLI, which closes the state before it ends
 * its plugins, this engine ends the dynamic providers first: a step that returns its resource then (a partial failure) is
 * recorded with it. A third signal does not wait for that.
 */
export function handleSignals(run: RunStart, children: Children): Signals {
  let program: ProgramRun | undefined;
  let abort: () => void = () => undefined;
  let isAborted = false;
  let received = 0;
  const aborted = new Promise<void>((resolve) => (abort = resolve));
  const running = watchSteps(run);

  const end = (): void => {
    if (isAborted) return;
    isAborted = true;
    // From now on processes fail because they are killed. Those errors are not reported.
    const { emit } = run;
    run.emit = (event) => (["outputs", "summary"].includes(event.kind) ? emit(event) : undefined);
    children.killAll();
    abort();
  };
  const part = async (): Promise<void> => {
    run.isEnding = true;
    const ended = Promise.all([...run.providers.running].map((provider) => provider.terminate()));
    await Promise.race([ended, sleep(partingMs, undefined, { ref: false })]);
    end();
  };
  const cancel = (): void => {
    run.stopping ??= "canceled";
    const message =
      "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n" +
      "Note that terminating immediately may lead to orphaned resources and other inconsistencies." +
      waitingFor(running());
    run.emit({ kind: "diagnostic", severity: "warning", message, ephemeral: true });
    for (const provider of run.providers.running) void provider.cancel();
    program?.stop();
  };
  const onSignal = (): void => {
    received += 1;
    if (received === 1) cancel();
    else if (received === 2) void part();
    else end();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    aborted,
    isAborted: () => isAborted,
    onProgram(started) {
      program = started;
      if (received > 0) started.stop();
    },
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

const waitingFor = (steps: Step[]): string =>
  steps.length === 0
    ? ""
    : `\nWaiting for: ${steps.map(({ operation, type, name }) => `${operation} ${type} ${name}`).join(", ")}`;

/** Observes the events of a run: returns the steps in progress. */
function watchSteps(run: RunStart): () => Step[] {
  const steps = new Map<string, Step>();
  const { emit } = run;
  run.emit = (event: EngineEvent) => {
    if (event.kind === "step-started") steps.set(event.step.urn, event.step);
    if (event.kind === "step-done" || event.kind === "step-failed") steps.delete(event.step.urn);
    emit(event);
  };
  return () => [...steps.values()];
}
