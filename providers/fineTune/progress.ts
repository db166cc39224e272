/** What a person sees of a running job: pure texts and paces. */

/** `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Four significant digits; very small and very large values as 5.0e-6. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

export interface TrainingProgress {
  epoch: number;
  /** Absent when the number of epochs is not what ends the training (`max_steps`). */
  totalEpochs?: number;
  loss?: number;
  evalLoss?: number;
  learningRate?: number;
  remainingMs?: number;
}

/** `training: epoch 1.25 of 3, loss 2.31, learning rate 4.1e-6, about 0:20 left`. */
export function progressLine(progress: TrainingProgress): string {
  const { epoch, totalEpochs, loss, evalLoss, learningRate, remainingMs } = progress;
  const parts = [
    `epoch ${Number(epoch.toFixed(2))}${totalEpochs === undefined ? "" : ` of ${Number(totalEpochs.toFixed(2))}`}`,
    ...(loss === undefined ? [] : [`loss ${formatMetric(loss)}`]),
    ...(evalLoss === undefined ? [] : [`eval loss ${formatMetric(evalLoss)}`]),
    ...(learningRate === undefined ? [] : [`learning rate ${formatMetric(learningRate)}`]),
    ...(remainingMs === undefined ? [] : [`about ${formatDuration(remainingMs)} left`]),
  ];
  return `training: ${parts.join(", ")}`;
}

export interface Observation {
  epoch: number;
  atMs: number;
}

/** Time to the last epoch, from the pace between two observations; `undefined` while there is no pace. */
export function remainingMs(
  first: Observation,
  latest: Observation,
  totalEpochs: number | undefined,
): number | undefined {
  if (totalEpochs === undefined || latest.epoch <= first.epoch || latest.epoch >= totalEpochs)
    return undefined;
  const perEpoch = (latest.atMs - first.atMs) / (latest.epoch - first.epoch);
  return Math.max(0, (totalEpochs - latest.epoch) * perEpoch);
}

/** How many epochs a job was asked for; `undefined` when `max_steps` ends it. */
export function totalEpochs(parameters: Record<string, string>): number | undefined {
  if (Number(parameters.max_steps ?? -1) > 0) return undefined;
  const epochs = Number(parameters.num_train_epochs ?? 1);
  return Number.isFinite(epochs) && epochs > 0 ? epochs : undefined;
}

/**
 * Wait before the next look at a job: 1 s after a change, longer while nothing happens, and longer for long jobs (a
 * sixtieth of their age), never above 30 s. In the first two minutes at most 2 s, so that a short job's end is seen.
 * `firstMs` replaces the 1 s.
 */
export function pollDelayMs(elapsedMs: number, quietPolls: number, firstMs = 1_000): number {
  const backoff = firstMs * 1.2 ** Math.min(quietPolls, 40);
  const wanted = Math.max(backoff, elapsedMs / 60);
  return Math.round(Math.min(wanted, elapsedMs < 120_000 ? 2_000 : 30_000));
}

/** Shortest time between two progress lines: 2 s at first, a minute for jobs of hours. */
export function progressPauseMs(elapsedMs: number): number {
  return Math.min(Math.max(2_000, elapsedMs / 30), 60_000);
}

/** The first wait, from the variable azure-ai-ml reads for the same purpose (seconds); default 1 s. */
export function firstPollMs(env: NodeJS.ProcessEnv = process.env): number {
  const seconds = Number(env.AZUREML_RUN_POLLING_INTERVAL_MIN ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, 30_000) : 1_000;
}
