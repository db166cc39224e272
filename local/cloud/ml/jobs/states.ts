import type { RunStatus } from "../../mlflow/tracking";

export type JobState =
  | "NotStarted"
  | "Preparing"
  | "Queued"
  | "Running"
  | "Finalizing"
  | "CancelRequested"
  | "Completed"
  | "Failed"
  | "Canceled";

/** The allowed transitions. A run that resumes after a restart returns to `NotStarted`. */
const NEXT: Record<JobState, readonly JobState[]> = {
  NotStarted: ["Preparing", "CancelRequested", "Failed", "Canceled"],
  Preparing: ["NotStarted", "Queued", "Running", "CancelRequested", "Failed", "Canceled"],
  Queued: ["NotStarted", "Running", "CancelRequested", "Failed", "Canceled"],
  // Queued again: the node of a step was preempted.
  Running: ["NotStarted", "Queued", "Finalizing", "CancelRequested", "Failed", "Canceled"],
  Finalizing: ["NotStarted", "Completed", "CancelRequested", "Failed", "Canceled"],
  CancelRequested: ["Canceled", "Completed", "Failed"],
  Completed: [],
  Failed: [],
  Canceled: [],
};

export function isTerminal(state: JobState): boolean {
  return NEXT[state].length === 0;
}

/** Whether a run may move from one state to another. Staying in the same state is always allowed. */
export function mayFollow(from: JobState, to: JobState): boolean {
  return from === to || NEXT[from].includes(to);
}

const MLFLOW_STATUS: Partial<Record<JobState, RunStatus>> = {
  NotStarted: "SCHEDULED",
  Preparing: "SCHEDULED",
  Queued: "SCHEDULED",
  Completed: "FINISHED",
  Failed: "FAILED",
  Canceled: "KILLED",
};

export function mlflowStatus(state: JobState): RunStatus {
  return MLFLOW_STATUS[state] ?? "RUNNING";
}
