import type { JobFacts } from "./workspaceFacts";

/** What was measured before and after the training. */
export interface Evaluation {
  /** The rows that were measured, in words. */
  rows: string;
  /** What "before" is. */
  basis: "base model" | "first evaluation" | "none";
  measures: Measure[];
}

export interface Measure {
  name: string;
  before?: number;
  after: number;
  better: "lower" | "higher";
}

/** Names that Azure ML's component and its evaluation step log, in the order in which they are shown. */
const measured: { metric: string; name: string; better: Measure["better"] }[] = [
  { metric: "eval_loss", name: "evaluation loss", better: "lower" },
  { metric: "perplexity", name: "perplexity", better: "lower" },
  { metric: "exact_match", name: "exact match", better: "higher" },
  { metric: "rouge1", name: "ROUGE-1", better: "higher" },
  { metric: "rouge2", name: "ROUGE-2", better: "higher" },
  { metric: "rougeL", name: "ROUGE-L", better: "higher" },
  { metric: "rougeLsum", name: "ROUGE-Lsum", better: "higher" },
];

/**
 * Values before and after. A training that measures the base model logs `<metric>_before`, as the local cloud's does. Azure ML's
 * component measures the tuned model only: then the first evaluation during the training stands for "before", if there are two.
 */
export function evaluationOf({ metrics }: JobFacts, rows: string): Evaluation {
  const { latest, series } = metrics;
  const hasBase = latest.eval_loss_before !== undefined;
  const losses = series.eval_loss ?? [];
  const first = !hasBase && losses.length > 1 ? losses[0]?.value : undefined;
  const measures = measured.flatMap(({ metric, name, better }) => {
    const after = latest[metric];
    if (after === undefined) return [];
    const before = hasBase ? latest[`${metric}_before`] : metric === "eval_loss" ? first : undefined;
    return [{ name, better, after, ...(before === undefined ? {} : { before }) }];
  });
  return {
    rows,
    measures,
    basis: hasBase ? "base model" : first === undefined ? "none" : "first evaluation",
  };
}

/** Whether a value became better, `undefined` without a value before. */
export function isBetter({ before, after, better }: Measure): boolean | undefined {
  if (before === undefined) return undefined;
  return better === "lower" ? after < before : after > before;
}
