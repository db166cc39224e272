import { amount, boundText, hours, plural, trainingBound } from "../../azureml/costs";
import { azureMlError, type AzureMlError } from "../../azureml/errors";
import type { JobInputs } from "./inputs";
import type { LookAhead } from "./lookAhead";
import { formatDuration } from "./progressText";
import type { TrainingReasons } from "./trainingReasons";

/** What an `up` with these inputs does about the training. */
export interface TrainingPlan {
  /** The job that the up would find; `undefined` if the resource keeps the job it has. */
  ahead?: LookAhead;
  /** Changes since the last training; `undefined` for a first training. */
  reasons?: TrainingReasons;
  /** Inputs of a first training that are not known yet. */
  unknown: string[];
}

type Sized = Pick<JobInputs, "training" | "deadlineMinutes">;

/** Whether a training starts, for all that is known. Unknown data alone do not mean that they change. */
export function startsTraining({ ahead, reasons }: TrainingPlan): boolean {
  if (ahead?.kind === "submit") return true;
  return ahead?.kind === "unknown" && (!reasons || reasons.changed.length > 0);
}

/** The lines about a training for preview and up: whether it trains, why, and what it costs at most. */
export function trainingLines(plan: TrainingPlan, inputs: Sized, last?: LastTraining): string[] {
  const { ahead, reasons } = plan;
  const changed = reasons && reasons.changed.length > 0 ? [`changed: ${changes(reasons)}`] : [];
  switch (ahead?.kind) {
    case "adopt":
      return [`trains nothing: adopts job ${ahead.name} (already completed)`, ...changed];
    case "attach":
      return [`starts no job: attaches to job ${ahead.name} (${ahead.job.status})`, ...changed];
    case "refused":
      return [`cannot train: ${ahead.message}`];
    case undefined:
      return [];
    default:
      return [...startLines(plan, changed), ...costLines(inputs, last)];
  }
}

function startLines({ ahead, reasons, unknown }: TrainingPlan, changed: string[]): string[] {
  if (ahead?.kind === "submit" && ahead.attempt > 1) {
    const before = ahead.failed.at(-1);
    const after = before ? `, because job ${before.name} is ${before.status}` : "";
    return [`will train: attempt ${ahead.attempt}${after}`, ...changed];
  }
  const missing = (reasons ? reasons.unknown : unknown).join(", ");
  const notYet = missing ? [`known only during the update: ${missing}`] : [];
  if (!reasons) return ["will train: the stack has no trained model yet", ...notYet];
  if (changed.length > 0) return [`will train again: ${changes(reasons)}`, ...notYet];
  if (missing) return [`will train again if one of these changes during the update: ${missing}`];
  return ["will train again: there is no job with these inputs any more"];
}

/** At most this many changes are named. */
const maxChanges = 4;

function changes({ changed }: TrainingReasons): string {
  const more = changed.length - maxChanges;
  return [...changed.slice(0, maxChanges), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** Times of the previous training, ISO 8601; empty if unknown. */
export interface LastTraining {
  startedAt?: unknown;
  endedAt?: unknown;
}

function costLines({ training, deadlineMinutes }: Sized, last: LastTraining = {}): string[] {
  if (!training) return [];
  const lines = [boundText(training, deadlineMinutes)];
  const took = Date.parse(String(last.endedAt)) - Date.parse(String(last.startedAt));
  if (Number.isFinite(took) && took > 0) {
    const cost = trainingBound(training, took / 60_000).cost;
    const money =
      training.price && cost !== undefined ? `: ${amount(cost, training.price.currency)} at this price` : "";
    lines.push(`the last training took ${formatDuration(took)}${money}`);
  }
  return lines;
}

/** The refusal of a training that could use more than `budget.maxGpuHours`, or `undefined`. */
export function budgetRefusal(plan: TrainingPlan, inputs: Sized): AzureMlError | undefined {
  const { training, deadlineMinutes } = inputs;
  const limit = training?.maxGpuHours;
  if (!training || limit === undefined || !startsTraining(plan)) return undefined;
  const { gpuHours } = trainingBound(training, deadlineMinutes);
  if (gpuHours <= limit) return undefined;
  const { nodes, gpusPerNode, size } = training;
  const minutes = Math.floor((limit * 60) / (nodes * gpusPerNode));
  const ways = [
    ...(minutes >= 1 ? [`finetune.deadlineMinutes to at most ${minutes}`] : []),
    ...(nodes > 1 ? ["fewer nodes (finetune.numNodesFinetune)"] : []),
    ...(gpusPerNode > 1 ? ["a compute.size with fewer GPUs"] : []),
  ];
  const named = plan.reasons ? changes(plan.reasons) : "";
  return azureMlError("TrainingBudget", {
    training: named ? `the training (${named})` : "the training",
    gpuHours: plural(hours(gpuHours), "GPU-hour"),
    bound: `${nodes} × ${size} with ${gpusPerNode} GPU${gpusPerNode === 1 ? "" : "s"}, ${hours(deadlineMinutes / 60)} h`,
    limit,
    change: ways.length > 0 ? `Set ${ways.join(", or ")}` : "Keep the inputs of the present model",
  });
}
