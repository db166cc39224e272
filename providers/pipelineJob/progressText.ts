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

export interface TrainingProgress {
  epoch: number;
  /** Optimizer step, and how many the training has if that is known. */
  step?: number | undefined;
  totalSteps?: number | undefined;
  /** Absent when `max_steps` ends the training. */
  totalEpochs?: number | undefined;
  loss?: number | undefined;
  evalLoss?: number | undefined;
  learningRate?: number | undefined;
  tokensPerSecond?: number | undefined;
  remainingMs?: number | undefined;
}

/** `training: step 40 of 96, epoch 1.25 of 3, loss 2.31, learning rate 4.1e-6, 5,200 tokens/s, about 0:20 left`. */
export function progressLine(progress: TrainingProgress): string {
  const { step, totalSteps, evalLoss, learningRate } = progress;
  const parts = [
    step !== undefined && `step ${step}${totalSteps === undefined ? "" : ` of ${totalSteps}`}`,
    epochText(progress),
    lossText(progress),
    evalLoss !== undefined && `eval loss ${formatMetric(evalLoss)}`,
    learningRate !== undefined && `learning rate ${formatMetric(learningRate)}`,
    ...paceTexts(progress),
  ];
  return `training: ${parts.filter((part) => part !== false).join(", ")}`;
}

/**
 * The same for one row of a terminal, which the next one replaces: `███░░░ 40/96, loss 2.31 █▅▃▂▁, epoch 1.25 of 3, 5,200 tokens/s,
 * 0:20 left`. A display that lacks room leaves out the parts between the first two and the last.
 * @param losses every loss seen so far, for the curve.
 */
export function statusLine(progress: TrainingProgress, losses: readonly number[]): string {
  const { epoch, totalEpochs, step, totalSteps, loss } = progress;
  const done = totalEpochs !== undefined ? epoch / totalEpochs : (step ?? 0) / (totalSteps ?? Infinity);
  const count =
    step === undefined ? "training" : totalSteps === undefined ? `step ${step}` : `${step}/${totalSteps}`;
  const isKnown = totalEpochs !== undefined || totalSteps !== undefined;
  const parts = [
    `${isKnown ? `${bar(done)} ` : ""}${count}`,
    loss !== undefined && `${lossText(progress)} ${sparkline(losses)}`.trimEnd(),
    epochText(progress),
    ...paceTexts(progress),
  ];
  return parts
    .filter((part) => part !== false)
    .join(", ")
    .replace(/about (\S+ left)$/, "$1");
}

const epochText = ({ epoch, totalEpochs }: TrainingProgress): string =>
  `epoch ${Number(epoch.toFixed(2))}${totalEpochs === undefined ? "" : ` of ${Number(totalEpochs.toFixed(2))}`}`;

const lossText = ({ loss }: TrainingProgress): string | false =>
  loss !== undefined && `loss ${formatMetric(loss)}`;

const paceTexts = ({ tokensPerSecond, remainingMs: left }: TrainingProgress): (string | false)[] => [
  tokensPerSecond !== undefined && `${Math.round(tokensPerSecond).toLocaleString("en-US")} tokens/s`,
  left !== undefined && `about ${formatDuration(left)} left`,
];

/** A fraction as six blocks: beside the resource's name, a terminal of 80 columns has room for 46 characters. */
function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * 6);
  return "█".repeat(full) + "░".repeat(6 - full);
}

const levels = [..."▁▂▃▄▅▆▇█"];

/** A curve between the lowest and the highest value, of at most `width` characters: each is the mean of its share of the values. */
export function sparkline(values: readonly number[], width = 8): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return "";
  const columns = Math.min(width, finite.length);
  const means = Array.from({ length: columns }, (_, column) => {
    const share = finite.slice(
      Math.floor((column * finite.length) / columns),
      Math.floor(((column + 1) * finite.length) / columns),
    );
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const level = (value: number): number =>
    high === low ? 0 : Math.round(((value - low) / (high - low)) * (levels.length - 1));
  return means.map((value) => levels[level(value)]).join("");
}

/** How far a training is, in epochs or steps. */
export interface Observation {
  done: number;
  atMs: number;
}

/** Time to the end at the pace between two observations; `undefined` without progress between them. */
export function remainingMs(
  first: Observation,
  latest: Observation,
  total: number | undefined,
): number | undefined {
  if (total === undefined || latest.done <= first.done || latest.done >= total) return undefined;
  const perUnit = (latest.atMs - first.atMs) / (latest.done - first.done);
  return Math.max(0, (total - latest.done) * perUnit);
}

/** What happens before a step trains, by its status (npm @azure/arm-machinelearning 2.1.1, `KnownJobStatus`). */
const phases: Record<string, string> = {
  Queued: "waits for nodes",
  Provisioning: "nodes start",
  Preparing: "the image is prepared",
  Starting: "starts on its node",
  Finalizing: "outputs are collected",
};

/** `chat_completion_finetune: waits for nodes, for 2:10`: Azure does not say how long it will take. */
export const waitingLine = (name: string, status: string, ms: number): string =>
  `${name}: ${phases[status] ?? status}, for ${formatDuration(ms)}`;

/** Number of epochs that the parameters request; `undefined` when `max_steps` ends the training. */
export function totalEpochs(parameters: Record<string, string>): number | undefined {
  if (Number(parameters.max_steps ?? -1) > 0) return undefined;
  const epochs = Number(parameters.num_train_epochs ?? 1);
  return Number.isFinite(epochs) && epochs > 0 ? epochs : undefined;
}

/** Number of steps: `max_steps`, or what the pace of the epochs says. */
export function totalSteps(
  parameters: Record<string, string>,
  { step, epoch }: { step: number | undefined; epoch: number },
): number | undefined {
  const max = Number(parameters.max_steps ?? -1);
  if (max > 0) return max;
  const epochs = totalEpochs(parameters);
  return epochs === undefined || !step || epoch <= 0 ? undefined : Math.round((step / epoch) * epochs);
}
