import type { MetricPoint } from "../../azureml/clients/mlflow";
import { thinned } from "../workspaceView/thinned";
import type { JobFacts } from "./workspaceFacts";
import { counted, metricText } from "./text";

/** A value over the steps of a training, for this job and for earlier ones. */
export interface Curve {
  metric: string;
  title: string;
  /** What one value is, with its unit. */
  meaning: string;
  /** This job first. Each has at least one point. */
  lines: CurveLine[];
}

export interface CurveLine {
  job: string;
  isCurrent: boolean;
  points: { step: number; value: number }[];
}

/** Names are those that Hugging Face's Trainer logs, which Azure ML's component passes on. */
const logged = [
  { metric: "loss", title: "Training loss", meaning: "mean over the optimizer steps since the last value" },
  { metric: "eval_loss", title: "Evaluation loss", meaning: "over the evaluation rows" },
  { metric: "learning_rate", title: "Learning rate", meaning: "of the optimizer" },
  { metric: "grad_norm", title: "Gradient norm", meaning: "before clipping" },
  { metric: "tokens_per_second", title: "Tokens per second", meaning: "tokens in a second of training" },
];

/** The metrics whose history the report needs. */
export const curveMetrics: readonly string[] = logged.map(({ metric }) => metric);

/**
 * The curves of a job and of earlier jobs. A metric that this job has not logged has none. Without a curve of tokens per second, the
 * speed in optimizer steps is calculated from the times of the logged losses.
 */
export function curvesOf(current: JobFacts, earlier: readonly JobFacts[]): Curve[] {
  const jobs = [current, ...earlier];
  const curves = logged.map((curve) => ({
    ...curve,
    lines: jobs.flatMap((one) => lineOf(one, one === current, one.metrics.series[curve.metric] ?? [])),
  }));
  const speed: Curve = {
    metric: "steps_per_minute",
    title: "Speed",
    meaning: "optimizer steps in a minute, from the times of the logged losses",
    lines: jobs.flatMap((one) => lineOf(one, one === current, stepsPerMinute(one.metrics.series.loss ?? []))),
  };
  const hasTokens = curves.some(
    ({ metric, lines }) => metric === "tokens_per_second" && (lines[0]?.points.length ?? 0) > 1,
  );
  return [
    ...curves.filter(({ metric }) => metric !== "tokens_per_second" || hasTokens),
    ...(hasTokens ? [] : [speed]),
  ].filter(({ lines }) => lines[0]?.isCurrent);
}

/** The curve in words: where it begins and ends, its lowest and highest value. */
export function curveText({ title, lines }: Curve): string {
  return `${title}. ${lines.map(lineText).join(" ")}`;
}

function lineText({ job, isCurrent, points }: CurveLine): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return "";
  const values = points.map(({ value }) => value);
  const name = isCurrent ? "This run" : `Earlier run ${job}`;
  const range = `lowest ${metricText(Math.min(...values))}, highest ${metricText(Math.max(...values))}`;
  return points.length === 1
    ? `${name}: ${metricText(first.value)} at step ${first.step}.`
    : `${name}: from ${metricText(first.value)} at step ${first.step} to ${metricText(last.value)} at step ${last.step}, ${range}, ${counted(points.length, "value")}.`;
}

function lineOf(
  { job }: JobFacts,
  isCurrent: boolean,
  points: readonly CurveLine["points"][number][],
): CurveLine[] {
  if (points.length === 0) return [];
  return [{ job: job.name, isCurrent, points: thinned(points).map(([step, value]) => ({ step, value })) }];
}

function stepsPerMinute(losses: readonly MetricPoint[]): CurveLine["points"] {
  return losses.flatMap((point, index) => {
    const before = losses[index - 1];
    if (!before || point.at <= before.at || point.step <= before.step) return [];
    return [{ step: point.step, value: ((point.step - before.step) * 60_000) / (point.at - before.at) }];
  });
}
