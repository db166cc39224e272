import type { Emit } from "../../local/engine/display/events";
import { stillWorking, watchExisting } from "./existingResources";
import type { RecoveryRequest } from "./recovery";
import type { RecoveryNeed } from "./recoveryNeed";

/** An operation on a stack, as far as it decides what happens before and after the engine's run. */
export interface StackOperation {
  kind: "up" | "refresh" | "destroy" | "other";
  /** It changes the stack: not a preview, and not a command such as `outputs`. */
  isChange: boolean;
  /** It leaves something out: some targets only. */
  isPartial: boolean;
  /** Its output is text for people, so a second run may follow in it. */
  isRepeatable: boolean;
  /** An update ends with a run report. */
  isReported?: boolean;
}

/** The project's own option of an update to write no run report; the engines do not have it. */
export const noReport = "--no-report";

/** The parts of an operation. A command runs each in a process of its own; the sweep runs all in one process. */
export interface OperationSteps {
  /** What an earlier run has left open. */
  need(): Promise<RecoveryNeed>;
  /** @returns the exit code. */
  recover(request: RecoveryRequest): Promise<number>;
  /**
   * Runs the engine.
   * @param isAgain the second run of the same operation: it was confirmed.
   */
  engine(onEvent: Emit, isAgain: boolean): Promise<number>;
  /** Deletes what bills and belongs to the stack although neither state nor deterministic names show it. */
  removeOrphans(): Promise<number>;
  /**
   * Prints the path of the run report, or why there is none. Fails never.
   * @param hasChanged whether the update changed a resource; if not, the report of an earlier one is good.
   */
  report?(hasChanged: boolean): Promise<void>;
  print(line: string): void;
}

/**
 * Runs an operation with what belongs before and after it: the recovery of what an earlier run created and did not record, a
 * second run if the first one met existing resources of the stack or resources that Azure still worked on, the removal of a failed deployment, and after `destroy`
 * the search for what bills without a state.
 * @returns the exit code.
 */
export async function operateStack(operation: StackOperation, steps: OperationSteps): Promise<number> {
  const { kind, isChange, isPartial, isRepeatable, isReported } = operation;
  if (isChange) {
    const recovery = await recoverIfNeeded(steps, kind === "refresh" && !isPartial);
    if (recovery !== 0) return recovery;
  }
  // A recovery knows the names that a preview knows. With a lost state each one reveals the next: repeat while it helps.
  let code: number;
  let hasChanged = false;
  for (let [isAgain, before] = [false, ""]; ; isAgain = true) {
    const watch = watchExisting();
    code = await steps.engine((event) => {
      watch.onEvent(event);
      hasChanged ||= event.kind === "step-done" && !/^(same|read)$/.test(event.step.operation);
    }, isAgain);
    const existing = watch.existing();
    if (!isRepeatable || isPartial || existing === "" || existing === before) break;
    before = existing;
    steps.print(
      stillWorking.test(existing)
        ? "Azure still works on a resource of this stack: following that to its end."
        : "What exists already can belong to this stack: looking for it in Azure.",
    );
    const recovery = await steps.recover({ planned: true });
    if (recovery !== 0) return recovery;
    // The next plan is the confirmed one, with updates where it had creations.
  }
  // A new deployment that failed bills and serves nobody.
  if (code !== 0 && kind === "up" && isChange)
    await steps.recover({ planned: true, failedOnly: true, quiet: true });
  if (code === 0 && kind === "up" && isChange && isReported) await steps.report?.(hasChanged);
  if (code !== 0 || kind !== "destroy" || !isChange || isPartial) return code;
  // A killed `up` can have started something that neither its state nor its deterministic names show.
  return steps.removeOrphans();
}

/**
 * Takes into the state what an earlier run created and did not record. Does nothing if the last run ended well.
 * @param vanished before a refresh: also removes what was deleted outside the stack and what the refresh would fail on.
 * @returns the exit code: 0 to go on with the operation.
 */
async function recoverIfNeeded(steps: OperationSteps, vanished: boolean): Promise<number> {
  const need = await steps.need();
  if (need === "none" && !vanished) return 0;
  const code = await steps.recover({ planned: need === "planned", vanished, quiet: true });
  // A refresh after a run that ended well reports by itself what keeps Azure from answering.
  return need === "none" ? 0 : code;
}
