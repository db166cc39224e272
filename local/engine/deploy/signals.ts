import type { Children } from "../plugin/processes";
import type { ProgramRun } from "../plugin/program";
import type { RunStart } from "./deployment";

export type Signals = {
  /** Resolves when the user insisted (second signal): the run is given up at once. */
  aborted: Promise<void>;
  isAborted(): boolean;
  onProgram(program: ProgramRun): void;
  close(): void;
};

/**
 * Ctrl-C and SIGTERM, as in the Pulumi CLI: the first lets what is under way finish and records it, the second ends
 * everything at once; what was under way then stays in the state as pending.
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
      // What breaks from now on breaks because it is killed: of that, nobody is told.
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
