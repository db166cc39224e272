import { canonicalJson } from "../../azureml/records";
import type { HandlerContext, Properties, Resolved } from "../shared/handler";
import { logLine } from "../shared/log";
import type { JobInputs, JobOutputs } from "./inputs";
import { lookAhead } from "./lookAhead";
import { resolveJob } from "./resolve";
import { budgetRefusal, type LastTraining, type TrainingPlan, trainingLines } from "./trainingPlan";
import { trainingReasons, unknownInputs } from "./trainingReasons";

/**
 * The plan of the last `check` of each resource, by workspace and name prefix. The engine calls `check` and then `diff` for a
 * resource in the state, and `check` a second time, without the old inputs, if it is replaced. Only the first `check` knows
 * the old inputs, only `diff` the times of the old job.
 */
const plans = new Map<string, TrainingPlan>();

/** The lines that were printed in this run, so that each appears once. */
const printed = new Set<string>();

const keyOf = ({ workspace, namePrefix }: JobInputs): string => canonicalJson([workspace, namePrefix]);

/**
 * `resolveJob`, and what it means for the bill: a preview and an up print whether a training starts, why, and what it costs at
 * most. Refuses a training that could exceed `budget.maxGpuHours`.
 */
export async function resolveAndAnnounce(
  olds: Properties,
  news: Properties,
  context: HandlerContext,
): Promise<Resolved> {
  const { ahead, ...resolved } = await resolveJob(olds, news, context);
  const inputs = { ...news, ...resolved.add } as unknown as JobInputs;
  const isKnown = Object.keys(olds).length > 0;
  if (!isKnown && plans.has(keyOf(inputs))) return withRefusal(resolved, plans.get(keyOf(inputs)), inputs);
  const plan: TrainingPlan = {
    ahead,
    ...(isKnown ? { reasons: trainingReasons(olds, inputs) } : {}),
    unknown: unknownInputs(inputs),
  };
  plans.set(keyOf(inputs), plan);
  if (!isKnown) print(trainingLines(plan, inputs));
  return withRefusal(resolved, plan, inputs);
}

function withRefusal(resolved: Resolved, plan: TrainingPlan | undefined, inputs: JobInputs): Resolved {
  const refusal = plan && budgetRefusal(plan, inputs);
  if (!refusal) return resolved;
  return { ...resolved, failures: [...(resolved.failures ?? []), { property: "", reason: refusal.message }] };
}

/**
 * Prints what happens to a resource that is in the state.
 * @param olds its outputs.
 * @throws TrainingBudget for a further attempt that could exceed `budget.maxGpuHours`.
 */
export async function announceChange(
  olds: Properties,
  news: Properties,
  context: HandlerContext,
): Promise<void> {
  const before = olds as Partial<JobOutputs> & LastTraining;
  const inputs = news as unknown as JobInputs;
  const plan = plans.get(keyOf(inputs));
  if (plan?.ahead) {
    print(trainingLines(plan, inputs, before));
  } else if (before.status === "Completed") {
    print([`trains nothing: same inputs as job ${before.jobName}`]);
  } else {
    const again = { ahead: await lookAhead(context.session, inputs, before.attempt), unknown: [] };
    const refusal = budgetRefusal(again, inputs);
    if (refusal) throw refusal;
    print(trainingLines(again, inputs, before));
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) {
    if (printed.has(line)) continue;
    printed.add(line);
    logLine("training", line);
  }
}
