import type { Run } from "../../azureml/clients/history";
import {
  formatDuration,
  type Observation,
  progressLine,
  progressPauseMs,
  remainingMs,
  totalEpochs,
} from "./progress";

const heartbeatMs = 60_000;

export interface Reporter {
  /** Each returns whether there was something new. */
  status(status: string): boolean;
  steps(runs: readonly Run[]): boolean;
  metrics(metrics: Record<string, number>): boolean;
  /** True when nothing has been said for a minute. */
  heartbeatDue(): boolean;
  /** Says that it still lives, with the newest log line of the running step where there is one. */
  heartbeat(logLine?: string): void;
  runningStep(): Run | undefined;
}

export interface ReporterOptions {
  say(text: string): void;
  /** Parameters of the job, for the number of epochs. */
  parameters: Record<string, string>;
  now(): number;
}

/** Turns what polling sees into lines: one per change of state or step, some for progress, nothing twice. */
export function createReporter({ say, parameters, now }: ReporterOptions): Reporter {
  const started = now();
  const epochs = totalEpochs(parameters);
  const stepStates = new Map<string, { status: string; since: number }>();
  let lastStatus: string | undefined;
  let running: Run | undefined;
  let lastLine = started;
  let lastProgress = Number.NEGATIVE_INFINITY;
  let firstSeen: Observation | undefined;
  let shownEvalLoss: number | undefined;
  let seen = "";

  const line = (text: string): void => {
    lastLine = now();
    say(text);
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
      let news = false;
      for (const run of runs) {
        const before = stepStates.get(run.runId);
        // A step that waits for its turn is no news.
        if (before?.status === run.status || run.status === "NotStarted") continue;
        const took = over(run.status) ? durationOf(run, before && now() - before.since) : "";
        // Since when it runs, not since when it waits.
        stepStates.set(run.runId, { status: run.status, since: now() });
        line(`step ${run.displayName}: ${run.status}${took}`);
        news = true;
      }
      running = runs.find((run) => run.status === "Running");
      return news;
    },
    metrics(metrics) {
      const { epoch, loss, eval_loss: evalLoss, learning_rate: learningRate } = metrics;
      if (epoch === undefined) return false;
      const current = `${epoch} ${loss} ${evalLoss}`;
      if (current === seen) return false;
      const atMs = now();
      firstSeen ??= { epoch, atMs };
      if (atMs - lastProgress >= progressPauseMs(atMs - started)) {
        seen = current;
        lastProgress = atMs;
        const left = remainingMs(firstSeen, { epoch, atMs }, epochs);
        line(
          progressLine({
            epoch,
            totalEpochs: epochs,
            loss,
            // The last evaluation stays among the metrics; it is news once.
            evalLoss: evalLoss === shownEvalLoss ? undefined : evalLoss,
            learningRate,
            remainingMs: left,
          }),
        );
        shownEvalLoss = evalLoss;
      }
      return true;
    },
    heartbeatDue: () => now() - lastLine >= heartbeatMs,
    heartbeat(logLine) {
      const step = running ? `, step ${running.displayName}` : "";
      line(
        `still ${lastStatus ?? "waiting"} after ${formatDuration(now() - started)}${step}${logLine ? `: ${logLine}` : ""}`,
      );
    },
    runningStep: () => running,
  };
}

/** By the service's clock where it gives both times, else by ours. */
function durationOf(run: Run, seenMs: number | undefined): string {
  const ms = Date.parse(run.endTime ?? "") - Date.parse(run.startTime ?? "");
  const took = Number.isFinite(ms) ? ms : seenMs;
  return took === undefined ? "" : ` after ${formatDuration(took)}`;
}

const over = (status: string): boolean => /^(Completed|Finished|Failed|Canceled)$/.test(status);
