import type { JobFacts } from "./workspaceFacts";
import { assetText, metricText } from "./text";

/** What differs between the last job of the stack and this one. */
export interface Changes {
  /** Name of the job before. */
  since: string;
  rows: Change[];
}

export interface Change {
  what: string;
  before: string;
  now: string;
}

const outcomes = ["eval_loss", "rouge1", "exact_match"] as const;
const assetNames: Record<string, string> = {
  mlflow_model_path: "base model",
  train_file_path: "training data",
  test_file_path: "test data",
  validation_file_path: "evaluation data",
};
const absent = "–";

/** Inputs first, then what came of them. `undefined` for the first job of a stack. */
export function changesOf(current: JobFacts, last: JobFacts | undefined): Changes | undefined {
  if (!last) return undefined;
  const rows = [
    ...differences(texts(last.job.assets), texts(current.job.assets)),
    ...differences(
      { component: last.job.components.map(assetText).join(", ") },
      { component: current.job.components.map(assetText).join(", ") },
    ),
    ...differences(last.job.parameters, current.job.parameters),
    ...differences(commit(last), commit(current)),
    ...differences(outcome(last), outcome(current)),
  ];
  return { since: last.job.name, rows };
}

const texts = (assets: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(assets).map(([name, id]) => [assetNames[name] ?? name, assetText(id)]));

const commit = ({ job }: JobFacts): Record<string, string> =>
  job.tags.commit ? { commit: job.tags.commit } : {};

const outcome = ({ metrics }: JobFacts): Record<string, string> =>
  Object.fromEntries(
    outcomes.flatMap((name) => {
      const value = metrics.latest[name];
      return value === undefined ? [] : [[name, metricText(value)]];
    }),
  );

function differences(before: Record<string, string>, now: Record<string, string>): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names
    .filter((name) => before[name] !== now[name])
    .map((name) => ({ what: name, before: before[name] ?? absent, now: now[name] ?? absent }));
}
