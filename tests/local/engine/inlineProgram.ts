import type { StartProgram } from "../../../local/engine/plugin/program";

export type ProgramInfo = { monitorAddress: string; project: string; stack: string; dryRun: boolean };

/**
 * A program that runs in the test's own process and talks to the resource monitor itself. It ends when its
 * promise settles. A registration rejected with UNAVAILABLE means that the run is stopping.
 */
export function inlineProgram(program: (info: ProgramInfo) => Promise<void>): StartProgram {
  return (host, _children, monitorAddress) => {
    const info = {
      monitorAddress,
      project: host.project.name,
      stack: host.stack,
      dryRun: host.dryRun,
    };
    const ended = program(info).then(
      () => true,
      (error: Error) => {
        if (!host.stopping) host.emit({ kind: "diagnostic", severity: "error", message: error.message });
        return false;
      },
    );
    return { ended, stop: () => undefined };
  };
}
