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
  /** Says that it still lives, at most once a minute. */
  heartbeat(): void;
  /** The step that is running, for messages. */
  currentStep(): string | undefined;
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
  let lastStep: string | undefined;
  let lastLine = started;
  let lastProgress = Number.NEGATIVE_INFINITY;
  let firstSeen: Observation | undefined;
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
        if (before?.status === run.status) continue;
        const took = before && over(run.status) ? ` after ${formatDuration(now() - before.since)}` : "";
        // Since when it runs, not since when it waits.
        stepStates.set(run.runId, { status: run.status, since: now() });
        line(`step ${run.displayName}: ${run.status}${took}`);
        news = true;
      }
      lastStep = runs.find((run) => run.status === "Running")?.displayName;
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
        line(progressLine({ epoch, totalEpochs: epochs, loss, evalLoss, learningRate, remainingMs: left }));
      }
      return true;
    },
    heartbeat() {
      if (now() - lastLine < heartbeatMs) return;
      line(
        `still ${lastStatus ?? "waiting"} after ${formatDuration(now() - started)}${lastStep ? `, step ${lastStep}` : ""}`,
      );
    },
    currentStep: () => lastStep,
  };
}

const over = (status: string): boolean => /^(Completed|Finished|Failed|Canceled)$/.test(status);
