import type { Deployment } from "./deployment";
import type { Children } from "../plugin/processes";
import type { ProgramRun } from "../plugin/program";

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
      children.killAll();
      return abort();
    }
    asked = true;
    d.stopping ??= "canceled";
    d.emit({
      kind: "diagnostic",
      severity: "warning",
      message:
        "^C received; cancelling. If you would like to terminate immediately, press ^C again.\n" +
        "Note that terminating immediately may lead to orphaned resources and other inconsistencies.",
    });
    for (const provider of d.providers.running) void provider.cancel();
    program?.stop();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    aborted,
    isAborted: () => isAborted,
    onProgram(started) {
      program = started;
      if (asked) started.stop();
    },
    close() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
