import type { Children } from "../plugin/processes";
import type { ProgramRun } from "../plugin/program";
import type { Deployment } from "./deployment";

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
export function handleSignals(d: Deployment, children: Children): Signals {
  let program: ProgramRun | undefined;
  let abort: () => void = () => undefined;
  let isAborted = false;
  let asked = false;
  const aborted = new Promise<void>((resolve) => (abort = resolve));
  const onSignal = (): void => {
    if (asked) {
      isAborted = true;
      // What breaks from now on breaks because it is killed: of that, nobody is told.
      const { emit } = d;
      d.emit = (event) => (["outputs", "summary"].includes(event.kind) ? emit(event) : undefined);
      children.killAll();
      return abort();
    }
    asked = true;
    d.stopping ??= "canceled";
    const message =
      "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n" +
      "Note that terminating immediately may lead to orphaned resources and other inconsistencies.";
    d.emit({ kind: "diagnostic", severity: "warning", message, ephemeral: true });
    for (const provider of d.providers.running) void provider.cancel();
    program?.stop();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    aborted,
    isAborted: () => isAborted,
    onProgram(started) {
      program = started;
      if (asked) started.stop();
    },
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
