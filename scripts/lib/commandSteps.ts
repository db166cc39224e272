import type { Emit } from "../../local/engine/display/events";
import { runInside } from "./localStack";
import type { RecoveryRequest } from "./recovery";
import { recoveryNeed } from "./recoveryNeed";
import { earlierReportLine } from "./reportFile";
import type { OperationSteps } from "./stackOperation";

/**
 * The steps of an operation that a command runs: the engine in this process, everything that talks to Azure in a child with
 * the environment of the stack.
 */
export function commandSteps(
  { cwd, stack, env }: { cwd: string; stack: string; env: NodeJS.ProcessEnv },
  engine: (onEvent: Emit, isAgain: boolean) => Promise<number>,
): OperationSteps {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    need: () => recoveryNeed(cwd, stack, env),
    recover: (request) => runInside("scripts/recover.js", ["--stack", stack, ...argumentsOf(request)], env),
    engine,
    removeOrphans: () => runInside("scripts/orphans.js", ["--stack", stack, "--delete", "--quiet"], env),
    report: async (hasChanged) => {
      const earlier = hasChanged ? undefined : await earlierReportLine(stack);
      if (earlier === undefined) await runInside("scripts/report.js", ["--stack", stack, "--after-up"], env);
      else print(earlier);
    },
    print,
  };
}

/** The arguments of `npm run recover` for a request. */
export function argumentsOf({ planned, failedOnly, vanished, quiet }: RecoveryRequest): string[] {
  return [
    ...(planned ? [] : ["--no-planned"]),
    ...(failedOnly ? ["--failed-only"] : []),
    ...(vanished ? ["--vanished"] : []),
    ...(quiet ? ["--quiet"] : []),
  ];
}
