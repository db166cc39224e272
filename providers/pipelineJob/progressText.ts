/** `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Four significant digits. Very small and very large values as `5.0e-6`. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

interface TrainingProgress {
  epoch: number;
  /** Absent when `max_steps` ends the training. */
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

/** Time to the last epoch at the pace between two observations; `undefined` without progress between them. */
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

/** Number of epochs that the parameters request; `undefined` when `max_steps` ends the training. */
export function totalEpochs(parameters: Record<string, string>): number | undefined {
  if (Number(parameters.max_steps ?? -1) > 0) return undefined;
  const epochs = Number(parameters.num_train_epochs ?? 1);
  return Number.isFinite(epochs) && epochs > 0 ? epochs : undefined;
}
