import type { Run } from "../../azureml/clients/history";
import { progressIntervalMs } from "./pollInterval";
import { formatDuration, type Observation, progressLine, remainingMs, totalEpochs } from "./progressText";

const heartbeatMs = 60_000;

export interface ProgressReporter {
  /** These three return true if the value is new. */
  status(status: string): boolean;
  steps(runs: readonly Run[]): boolean;
  metrics(metrics: Record<string, number>): boolean;
  /** True when the last line is a minute old. */
  heartbeatDue(): boolean;
  /** Prints that the job is still active, with the newest log line of the running step if there is one. */
  heartbeat(newestLogLine?: string): void;
  runningStep(): Run | undefined;
}

interface ProgressReporterOptions {
  print(text: string): void;
  /** Parameters of the job, for the number of epochs. */
  parameters: Record<string, string>;
  now(): number;
}

/** Prints what polling observes: one line for each change of status or step, progress at intervals, nothing twice. */
export function createProgressReporter(options: ProgressReporterOptions): ProgressReporter {
  const { print, parameters, now } = options;
  const started = now();
  const epochs = totalEpochs(parameters);
  const stepStates = new Map<string, { status: string; since: number }>();
  let lastStatus: string | undefined;
  let running: Run | undefined;
  let lastLineAt = started;
  let lastProgressAt = Number.NEGATIVE_INFINITY;
  let firstObservation: Observation | undefined;
  let printedEvalLoss: number | undefined;
  let printedMetrics = "";

  const line = (text: string): void => {
    lastLineAt = now();
    print(text);
  };

  return {
    status(status) {
      if (status === lastStatus) return false;
      line(
        lastStatus === undefined ? status : `${lastStatus} → ${status} (${formatDuration(now() - started)})`,
      );
      lastStatus = status;
      return true;
    },
    steps(runs) {
      let changed = false;
      for (const run of runs) {
        const before = stepStates.get(run.runId);
        // A step that has not started is not worth a line.
        if (before?.status === run.status || run.status === "NotStarted") continue;
        const took = hasEnded(run.status) ? durationOf(run, before && now() - before.since) : "";
        stepStates.set(run.runId, { status: run.status, since: now() });
        line(`step ${run.displayName}: ${run.status}${took}`);
        changed = true;
      }
      running = runs.find((run) => run.status === "Running");
      return changed;
    },
    metrics(metrics) {
      const { epoch, loss, eval_loss: evalLoss, learning_rate: learningRate } = metrics;
      if (epoch === undefined) return false;
      const current = `${epoch} ${loss} ${evalLoss}`;
      if (current === printedMetrics) return false;
      const atMs = now();
      firstObservation ??= { epoch, atMs };
      if (atMs - lastProgressAt >= progressIntervalMs(atMs - started)) {
        printedMetrics = current;
        lastProgressAt = atMs;
        const left = remainingMs(firstObservation, { epoch, atMs }, epochs);
        line(
          progressLine({
            epoch,
            totalEpochs: epochs,
            loss,
            // MLflow keeps returning the last evaluation; print it once.
            evalLoss: evalLoss === printedEvalLoss ? undefined : evalLoss,
            learningRate,
            remainingMs: left,
          }),
        );
        printedEvalLoss = evalLoss;
      }
      return true;
    },
    heartbeatDue: () => now() - lastLineAt >= heartbeatMs,
    heartbeat(newestLogLine) {
      const step = running ? `, step ${running.displayName}` : "";
      line(
        `still ${lastStatus ?? "waiting"} after ${formatDuration(now() - started)}${step}${newestLogLine ? `: ${newestLogLine}` : ""}`,
      );
    },
    runningStep: () => running,
  };
}

/** From the service's times if it returns both, otherwise from the local clock. */
function durationOf(run: Run, observedMs: number | undefined): string {
  const ms = Date.parse(run.endTime ?? "") - Date.parse(run.startTime ?? "");
  const took = Number.isFinite(ms) ? ms : observedMs;
  return took === undefined ? "" : ` after ${formatDuration(took)}`;
}

const hasEnded = (status: string): boolean => /^(Completed|Finished|Failed|Canceled)$/.test(status);
