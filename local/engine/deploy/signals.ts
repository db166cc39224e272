import type { Children } from "../plugin/processes";
import type { ProgramRun } from "../plugin/program";
import type { RunStart } from "./deployment";

export type Signals = {
  /** Resolves at the second signal: the run ends at once. */
  aborted: Promise<void>;
  isAborted(): boolean;
  onProgram(program: ProgramRun): void;
  close(): void;
};

/**
 * As in the Pulumi CLI: after the first signal, steps in progress finish and are recorded; the second ends
 * everything at once and leaves them in the state as pending operations.
 */
export function handleSignals(run: RunStart, children: Children): Signals {
  let program: ProgramRun | undefined;
  let abort: () => void = () => undefined;
  let isAborted = false;
  let isCanceling = false;
  const aborted = new Promise<void>((resolve) => (abort = resolve));
  const onSignal = (): void => {
    if (isCanceling) {
      isAborted = true;
      // From now on processes fail because they are killed. Those errors are not reported.
      const { emit } = run;
      run.emit = (event) => (["outputs", "summary"].includes(event.kind) ? emit(event) : undefined);
      children.killAll();
      return abort();
    }
    isCanceling = true;
    run.stopping ??= "canceled";
    const message =
      "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n" +
      "Note that terminating immediately may lead to orphaned resources and other inconsistencies.";
    run.emit({ kind: "diagnostic", severity: "warning", message, ephemeral: true });
    for (const provider of run.providers.running) void provider.cancel();
    program?.stop();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    aborted,
    isAborted: () => isAborted,
    onProgram(started) {
      program = started;
      if (isCanceling) started.stop();
    },
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
