import type { Run } from "../../azureml/clients/history";
import { progressIntervalMs } from "./pollInterval";
import {
  formatDuration,
  type Observation,
  progressLine,
  remainingMs,
  statusLine,
  totalEpochs,
  totalSteps,
  type TrainingProgress,
  waitingLine,
} from "./progressText";

const heartbeatMs = 60_000;

export interface ProgressReporter {
  /** These three return true if the value is new. */
  status(status: string): boolean;
  steps(runs: readonly Run[]): boolean;
  metrics(metrics: Record<string, number>, step?: number): boolean;
  /** Shows what the job does at this moment: how far the training is, or what it waits for. */
  show(): void;
  /** True when the last line is a minute old, or as old as progress lines may be. */
  heartbeatDue(): boolean;
  /** Prints that the job is still active, with the newest log line of the running step if there is one. */
  heartbeat(newestLogLine?: string): void;
  runningStep(): Run | undefined;
}

interface ProgressReporterOptions {
  /** Prints a line that stays. */
  print(text: string): void;
  /** Shows a line that replaces the one before. */
  show(text: string): void;
  /** Parameters of the job, for the number of epochs. */
  parameters: Record<string, string>;
  now(): number;
}

/** Prints what polling observes: one line for each change of status or step, progress at intervals, nothing twice. */
export function createProgressReporter(options: ProgressReporterOptions): ProgressReporter {
  const { print, show, parameters, now } = options;
  const started = now();
  const epochs = totalEpochs(parameters);
  const stepStates = new Map<string, { status: string; since: number }>();
  let lastStatus: string | undefined;
  let running: Run | undefined;
  /** The running step, or the one that will run next. */
  let active: Run | undefined;
  let lastLineAt = started;
  let lastProgressAt = Number.NEGATIVE_INFINITY;
  let firstObservation: (Observation & { tokens?: number | undefined }) | undefined;
  /** Absent until the running step logs metrics. */
  let progress: TrainingProgress | undefined;
  const losses: number[] = [];
  let printedEvalLoss: number | undefined;
  let seenMetrics = "";

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
        progress = undefined;
        changed = true;
      }
      running = runs.find((run) => run.status === "Running");
      active = running ?? runs.find((run) => run.status !== "NotStarted" && !hasEnded(run.status));
      return changed;
    },
    metrics(metrics, step) {
      const { epoch, loss, eval_loss: evalLoss, learning_rate: learningRate } = metrics;
      if (epoch === undefined) return false;
      const current = `${epoch} ${loss} ${evalLoss}`;
      if (current === seenMetrics) return false;
      seenMetrics = current;
      if (loss !== undefined && loss !== losses.at(-1)) losses.push(loss);
      const atMs = now();
      const tokens = metrics["num_input_tokens_seen"];
      const steps = totalSteps(parameters, { step, epoch });
      // Epochs, which every training logs; steps where `max_steps` ends it.
      const [done, total] = epochs === undefined ? [step ?? 0, steps] : [epoch, epochs];
      firstObservation ??= { done, atMs, tokens };
      progress = {
        ...{ epoch, totalEpochs: epochs, step, totalSteps: steps, loss, learningRate },
        tokensPerSecond: tokenPace(metrics, { ...firstObservation, now: atMs }),
        remainingMs: remainingMs(firstObservation, { done, atMs }, total),
      };
      if (atMs - lastProgressAt >= progressIntervalMs(atMs - started)) {
        lastProgressAt = atMs;
        // MLflow keeps returning the last evaluation; print it once.
        line(progressLine({ ...progress, evalLoss: evalLoss === printedEvalLoss ? undefined : evalLoss }));
        printedEvalLoss = evalLoss;
      }
      return true;
    },
    show() {
      if (progress) return show(statusLine(progress, losses));
      const since = active && stepStates.get(active.runId)?.since;
      if (active) show(waitingLine(active.displayName, active.status, now() - (since ?? started)));
      else if (lastStatus) show(waitingLine("job", lastStatus, now() - started));
    },
    heartbeatDue: () => now() - lastLineAt >= Math.max(heartbeatMs, progressIntervalMs(now() - started)),
    heartbeat(newestLogLine) {
      const step = running ? `, step ${running.displayName}` : "";
      line(
        `still ${lastStatus ?? "waiting"} after ${formatDuration(now() - started)}${step}${newestLogLine ? `: ${newestLogLine}` : ""}`,
      );
    },
    runningStep: () => running,
  };
}

/**
 * Tokens per second: what the training logs, or the pace of the tokens that it counts. Trainers of transformers log neither unless they
 * are told to (`include_num_input_tokens_seen`, `include_tokens_per_second` of TrainingArguments).
 */
function tokenPace(
  metrics: Record<string, number>,
  first: { atMs: number; tokens?: number | undefined; now: number },
): number | undefined {
  const logged = metrics["tokens_per_second"] ?? metrics["train_tokens_per_second"];
  if (logged !== undefined) return logged;
  const { num_input_tokens_seen: tokens } = metrics;
  if (tokens === undefined || first.tokens === undefined || first.now <= first.atMs) return undefined;
  return ((tokens - first.tokens) / (first.now - first.atMs)) * 1000;
}

/** From the service's times if it returns both, otherwise from the local clock. */
function durationOf(run: Run, observedMs: number | undefined): string {
  const ms = Date.parse(run.endTime ?? "") - Date.parse(run.startTime ?? "");
  const took = Number.isFinite(ms) ? ms : observedMs;
  return took === undefined ? "" : ` after ${formatDuration(took)}`;
}

const hasEnded = (status: string): boolean => /^(Completed|Finished|Failed|Canceled)$/.test(status);
