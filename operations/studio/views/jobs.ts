import { getRunDetails, lastLogLines } from "../../../azureml/clients/history";
import { redact } from "../../../azureml/http/redact";
import { readJobSteps, readJobTimes, type StepView } from "../../workspaceView/jobSteps";
import { findJob, type JobView, listJobs } from "../../workspaceView/jobs";
import { readRunMetrics } from "../../workspaceView/metrics";
import { type CurvePoint, thinned } from "../../workspaceView/thinned";
import type { Reading } from "../live";
import type { StudioPlace } from "../place";

/** A job in the list. */
export interface JobRow {
  name: string;
  displayName: string;
  status: string;
  hasEnded: boolean;
  experiment: string;
  createdAt: string;
}

export interface JobList {
  /** The newest ones. */
  jobs: JobRow[];
  /** How many the workspace has. */
  total: number;
}

/** Everything about one job. */
export interface JobPage extends JobRow {
  description: string;
  error?: string;
  warnings: string[];
  startedAt?: number;
  endedAt?: number;
  steps: StepView[];
  /** Last value of each metric. */
  latest: Record<string, number>;
  /** At most `mostPoints` points of each metric with more than one value. */
  curves: Record<string, CurvePoint[]>;
  /** The step whose log is shown, and its last lines. */
  log: { step: string; lines: string[] };
  parameters: Record<string, string>;
  assets: Record<string, string>;
  tags: Record<string, string>;
}

const logLines = 200;
const longestLine = 500;

/** @param limit number of jobs. */
export async function readJobs({ session, workspace }: StudioPlace, limit: number): Promise<Reading> {
  const jobs = await listJobs(session, workspace);
  const data: JobList = { jobs: jobs.slice(0, limit).map(jobRow), total: jobs.length };
  return { data };
}

/** A job with its steps, curves and the end of its log. Final once the job has ended. `undefined` as data if there is no such job. */
export async function readJob(place: StudioPlace, name: string): Promise<Reading> {
  const { session, workspace } = place;
  const job = await findJob(session, workspace, name);
  if (!job) return { data: null };
  const [times, steps, metrics] = await Promise.all([
    readJobTimes(session, workspace, name),
    readJobSteps(session, workspace, name),
    readRunMetrics(session, workspace, name),
  ]);
  const curves = Object.entries(metrics.series).flatMap(([metric, points]) => {
    const curve = thinned(points);
    return curve.length > 1 ? [[metric, curve] as const] : [];
  });
  const data: JobPage = {
    ...jobRow(job),
    description: job.description,
    ...(times?.error && { error: redact(times.error) }),
    warnings: times?.warnings ?? [],
    ...(times?.startedAt !== undefined && { startedAt: times.startedAt }),
    ...(times?.endedAt !== undefined && { endedAt: times.endedAt }),
    steps,
    latest: metrics.latest,
    curves: Object.fromEntries(curves),
    log: await readLog(place, steps),
    parameters: job.parameters,
    assets: job.assets,
    tags: job.tags,
  };
  return { data, isFinal: job.hasEnded };
}

/** The end of the log of the step that runs, else of the one that failed, else of the longest one. */
async function readLog(
  { session, workspace }: StudioPlace,
  steps: readonly StepView[],
): Promise<JobPage["log"]> {
  const step =
    steps.find(({ status }) => status === "Running") ??
    steps.find(({ status }) => status === "Failed") ??
    [...steps].sort((a, b) => (b.tookMs ?? 0) - (a.tookMs ?? 0))[0];
  if (!step) return { step: "", lines: [] };
  const details = await getRunDetails(session, workspace, step.runId);
  const lines = details ? await lastLogLines(session, details, logLines) : [];
  return { step: step.name, lines: lines.map((line) => redact(line).slice(0, longestLine)) };
}

const jobRow = (job: JobView): JobRow => ({
  name: job.name,
  displayName: job.displayName,
  status: job.status,
  hasEnded: job.hasEnded,
  experiment: job.experimentName,
  createdAt: job.createdAt,
});
