import { randomUUID } from "node:crypto";
import type { Clock, Store } from "../cloud";

export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

export interface Experiment {
  id: string;
  name: string;
  createdAt: number;
  updatedAt: number;
  lifecycleStage: "active" | "deleted";
  tags: Record<string, string>;
}

export interface Run {
  id: string;
  name: string;
  experimentId: string;
  status: RunStatus;
  /** Milliseconds since 1970, like all times here. */
  startTime: number;
  endTime?: number;
  lifecycleStage: "active" | "deleted";
  params: Record<string, string>;
  tags: Record<string, string>;
  datasets?: unknown[];
}

export interface Metric {
  key: string;
  value: number;
  timestamp: number;
  step: number;
}

export interface Tracking {
  experiments(): Experiment[];
  experiment(id: string): Experiment | undefined;
  experimentNamed(name: string): Experiment | undefined;
  ensureExperiment(name: string): Experiment;
  putExperiment(experiment: Experiment): void;
  runs(): Run[];
  run(id: string): Run | undefined;
  putRun(run: Run): void;
  deleteRun(id: string): void;
  log(runId: string, metrics: Metric[]): void;
  history(runId: string, key: string): Metric[];
  /** The latest value of every metric: highest step, then latest time. */
  latest(runId: string): Metric[];
  /** Deletes a run's metrics, because the run starts again. */
  clearMetrics(runId: string): void;
}

export type TrackingOf = (workspaceId: string) => Tracking;

const EXPERIMENTS = "mlflow.experiments";
const RUNS = "mlflow.runs";
const METRICS = "mlflow.metrics";

/** JSON has no NaN and no infinities. They are stored as text. */
type StoredMetric = Omit<Metric, "value"> & { value: number | string };

function stored(metric: Metric): StoredMetric {
  return Number.isFinite(metric.value) ? metric : { ...metric, value: String(metric.value) };
}

interface RunMetrics {
  byKey: Map<string, Metric[]>;
  next: number;
}

/** Metrics are stored in batches and indexed in memory: clients read long histories repeatedly. */
export function createTracking(store: Store, clock: Clock): TrackingOf {
  const metrics = readMetrics(store);
  const open = new Map<string, Tracking>();
  return (workspaceId) => {
    const tracking = open.get(workspaceId) ?? trackingOf(store, clock, metrics, workspaceId);
    open.set(workspaceId, tracking);
    return tracking;
  };
}

function readMetrics(store: Store): Map<string, RunMetrics> {
  const all = new Map<string, RunMetrics>();
  for (const [key, batch] of store.list<StoredMetric[]>(METRICS)) {
    const cut = key.lastIndexOf("/");
    const run = runMetrics(all, key.slice(0, cut));
    run.next = Math.max(run.next, Number(key.slice(cut + 1)) + 1);
    for (const metric of batch) append(run, { ...metric, value: Number(metric.value) });
  }
  return all;
}

function runMetrics(all: Map<string, RunMetrics>, key: string): RunMetrics {
  const run = all.get(key) ?? { byKey: new Map<string, Metric[]>(), next: 0 };
  all.set(key, run);
  return run;
}

function append(run: RunMetrics, metric: Metric): void {
  const history = run.byKey.get(metric.key) ?? [];
  history.push(metric);
  run.byKey.set(metric.key, history);
}

function trackingOf(
  store: Store,
  clock: Clock,
  metrics: Map<string, RunMetrics>,
  workspaceId: string,
): Tracking {
  const key = (id: string): string => `${workspaceId}/${id}`;
  const experiments = (): Experiment[] =>
    store.list<Experiment>(EXPERIMENTS, key("")).map(([, experiment]) => experiment);
  const putExperiment = (experiment: Experiment): void =>
    store.put(EXPERIMENTS, key(experiment.id), experiment);
  const experimentNamed = (name: string): Experiment | undefined =>
    experiments().find((experiment) => experiment.name === name);
  return {
    experiments,
    experiment: (id) => store.get<Experiment>(EXPERIMENTS, key(id)),
    experimentNamed,
    ensureExperiment: (name) => {
      const known = experimentNamed(name);
      if (known) return known;
      const now = clock.now().getTime();
      const created: Experiment = {
        id: randomUUID(),
        name,
        createdAt: now,
        updatedAt: now,
        lifecycleStage: "active",
        tags: {},
      };
      putExperiment(created);
      return created;
    },
    putExperiment,
    runs: () => store.list<Run>(RUNS, key("")).map(([, run]) => run),
    run: (id) => store.get<Run>(RUNS, key(id)),
    putRun: (run) => store.put(RUNS, key(run.id), run),
    deleteRun: (id) => {
      clear(store, metrics, key(id));
      store.delete(RUNS, key(id));
    },
    log: (runId, batch) => {
      if (batch.length === 0) return;
      const run = runMetrics(metrics, key(runId));
      store.put(METRICS, `${key(runId)}/${run.next++}`, batch.map(stored));
      for (const metric of batch) append(run, metric);
    },
    history: (runId, name) => [...(metrics.get(key(runId))?.byKey.get(name) ?? [])],
    latest: (runId) => [...(metrics.get(key(runId))?.byKey.values() ?? [])].map(lastOf),
    clearMetrics: (runId) => clear(store, metrics, key(runId)),
  };
}

function clear(store: Store, metrics: Map<string, RunMetrics>, runKey: string): void {
  const run = metrics.get(runKey);
  for (let index = 0; index < (run?.next ?? 0); index++) store.delete(METRICS, `${runKey}/${index}`);
  metrics.delete(runKey);
}

function lastOf(history: Metric[]): Metric {
  return history.reduce((last, metric) =>
    metric.step > last.step || (metric.step === last.step && metric.timestamp >= last.timestamp)
      ? metric
      : last,
  );
}
