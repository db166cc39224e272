import {
  at,
  environmentsSetting,
  type ResourceRule,
  type SeenResource,
  type StackRule,
  type Violation,
} from "../rule";
import { types } from "../types";

const gated = environmentsSetting("Environments that require a gate.", ["staging", "prod"]);

/** A limit of a gate, the metric it limits, and the direction (config/gate.ts). */
const limits = [
  ["maxEvalLoss", "eval_loss", "at most"],
  ["minRouge1", "rouge1", "at least"],
  ["minRouge2", "rouge2", "at least"],
  ["minRougeL", "rougeL", "at least"],
  ["minRougeLsum", "rougeLsum", "at least"],
] as const;

export const gateIsSet: ResourceRule = {
  kind: "resource",
  name: "gate-is-set",
  description: "What staging and prod serve must meet a limit on its measured quality.",
  types: [types.job, types.promotedModel],
  settings: { environments: gated },
  check({ type, props }, { environment, promotionGate }, { environments }) {
    if (!(environments as string[]).includes(environment)) return [];
    // A stack that promotes has no job: preflight compares its gate with the metrics in the tags of the version.
    const [gate, setting] =
      type === types.job ? [at(props, "gate"), "finetune.gate"] : [promotionGate, "model.gate"];
    const set = limits.some(([name]) => typeof at(gate, name) === "number");
    if (set) return [];
    return [
      {
        property: setting,
        seen: gate,
        allowed: `at least one of ${limits.map(([name]) => name).join(", ")} in environment ${environment}`,
        remedy: `Set ${setting}.maxEvalLoss to a value that a good model meets.`,
      },
    ];
  },
};

export const gateIsMet: StackRule = {
  kind: "stack",
  name: "gate-is-met",
  description: "A model that a stack has trained and uses meets the limits of its gate.",
  check: (resources) => resources.filter(({ type }) => type === types.job).flatMap(missed),
};

/**
 * Judges the job whose model is in use. With `onMiss: keepServing` an earlier model can be: its own gate accepted it, and a limit that
 * was set later is for new ones. Metrics are not known before the first training.
 */
function missed(job: SeenResource): (Violation & { resource: SeenResource })[] {
  const accepted = at(job.props, "accepted.jobName");
  if (typeof accepted === "string" && accepted !== at(job.props, "jobName")) return [];
  return limits.flatMap(([name, metric, direction]) => {
    const [limit, value] = [at(job.props, `gate.${name}`), at(job.props, `metrics.${metric}`)];
    if (typeof limit !== "number" || typeof value !== "number") return [];
    if (direction === "at most" ? value <= limit : value >= limit) return [];
    const remedy = "Train with other settings, or serve another version.";
    return [
      {
        resource: job,
        property: `metrics.${metric}`,
        seen: value,
        allowed: `${direction} ${limit} (gate.${name})`,
        remedy,
      },
    ];
  });
}
