import type { Reader, Value } from "./filter";
import type { Experiment, Metric, Run } from "./tracking";
import { invalidParameter } from "./wire";

interface SearchableRun {
  run: Run;
  latest: Metric[];
}

/** Splits `metrics.x`, `params.x`, `tags.x`, `attributes.x` or a plain name. Names may be quoted. */
function split(name: string): { family: string; key: string } {
  const match = /^(metrics?|params?|parameters?|tags?|attributes?|attr|run)\.(.+)$/i.exec(name);
  const key = (match?.[2] ?? name).replace(/^[`"]|[`"]$/g, "");
  return { family: match?.[1]?.toLowerCase().charAt(0) ?? "a", key };
}

const RUN_ATTRIBUTES: Readonly<Record<string, (run: Run) => Value>> = {
  status: (run) => run.status,
  run_id: (run) => run.id,
  run_uuid: (run) => run.id,
  run_name: (run) => run.name,
  name: (run) => run.name,
  user_id: (run) => run.tags["mlflow.user"],
  start_time: (run) => run.startTime,
  created: (run) => run.startTime,
  end_time: (run) => run.endTime,
};

const EXPERIMENT_ATTRIBUTES: Readonly<Record<string, (experiment: Experiment) => Value>> = {
  name: (experiment) => experiment.name,
  experiment_id: (experiment) => experiment.id,
  creation_time: (experiment) => experiment.createdAt,
  last_update_time: (experiment) => experiment.updatedAt,
};

function attribute<T>(known: Readonly<Record<string, (item: T) => Value>>, key: string, others: string) {
  const read = known[key.toLowerCase()];
  if (read) return read;
  throw invalidParameter(
    `Unknown attribute "${key}", allowed: ${Object.keys(known).join(", ")}, or a name with the prefix ${others}.`,
  );
}

export const readRun: Reader<SearchableRun> = (name) => {
  const { family, key } = split(name);
  if (family === "m") return ({ latest }) => latest.find((metric) => metric.key === key)?.value;
  if (family === "p") return ({ run }) => run.params[key];
  if (family === "t") return ({ run }) => run.tags[key];
  const read = attribute(RUN_ATTRIBUTES, key, "metrics., params. or tags.");
  return ({ run }) => read(run);
};

export const readExperiment: Reader<Experiment> = (name) => {
  const { family, key } = split(name);
  return family === "t" ? ({ tags }) => tags[key] : attribute(EXPERIMENT_ATTRIBUTES, key, "tags.");
};

export function inView({ lifecycleStage }: Pick<Run, "lifecycleStage">, view: unknown): boolean {
  return view === "ALL" || lifecycleStage === (view === "DELETED_ONLY" ? "deleted" : "active");
}
