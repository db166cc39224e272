/**
 * The lifecycle of a model in Azure's catalog: legacy, deprecated, retired. The dates are in the model's tags
 * (InferenceRetirementDate, FinetuneRetirementDate, …; Azure/azureml-assets, assets/models/system/phi-3-mini-4k-instruct/
 * spec.yaml of 2025-06-10), since June 2026 in the same file's `system_metadata.deprecation`.
 *
 * A deprecated model takes no new deployments, a retired one is no longer available (MicrosoftDocs/azure-ai-docs,
 * articles/foundry-classic/concepts/model-lifecycle-retirement.md). That page is about serverless deployments. Whether
 * fine-tuning and endpoints on one's own machines end on the same day is written nowhere, so the refusal can be overridden.
 */
import type { Problem } from "./problem";
import { isPast } from "./retiredSizes";

type Use = "finetune" | "inference";
type Stage = "legacy" | "deprecation" | "retirement";

/** Dates (YYYY-MM-DD, UTC) from which on a stage applies. */
export type ModelDates = Partial<Record<`${Use}.${Stage}`, string>>;

const uses = ["finetune", "inference"] as const;
const stages = ["legacy", "deprecation", "retirement"] as const;
const useText: Record<Use, string> = { finetune: "fine-tuning", inference: "inference" };

/** Models that Microsoft recommends instead. Source: the page above, "Retired Foundry Models". No tag names them. */
const successors: Readonly<Record<string, string>> = {
  "Phi-3-mini-4k-instruct": "Phi-4-mini-instruct",
  "Phi-3-mini-128k-instruct": "Phi-4-mini-instruct",
  "Phi-3-small-8k-instruct": "Phi-4-mini-instruct",
  "Phi-3-small-128k-instruct": "Phi-4-mini-instruct",
  "Phi-3-medium-4k-instruct": "Phi-4",
  "Phi-3-medium-128k-instruct": "Phi-4",
  "Phi-3.5-mini-instruct": "Phi-4-mini-instruct",
  "Phi-3.5-MoE-instruct": "Phi-4-mini-instruct",
};

/** The model that Microsoft recommends instead of a retired one. */
export function successorOf(model: string): string | undefined {
  return Object.entries(successors).find(([name]) => name.toLowerCase() === model.toLowerCase())?.[1];
}

/** The dates in a model's tags. Tags without a date are ignored. */
export function modelDates(tags: Readonly<Record<string, string>>): ModelDates {
  const byName = new Map(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value]));
  const dates: ModelDates = {};
  for (const use of uses)
    for (const stage of stages) {
      const date = byName.get(`${use}${stage}date`)?.match(/^\d{4}-\d\d-\d\d/)?.[0];
      if (date) dates[`${use}.${stage}`] = date;
    }
  return dates;
}

/** What is decided about a model's lifecycle. */
export interface LifecycleVerdict {
  problem?: Problem;
  warnings: string[];
  notes: string[];
}

/**
 * Decides about the lifecycle of a base model. A model that is retired for a use of the stack is refused, unless the stack
 * pinned it before (its training is done, and it must be possible to change something else) or the configuration allows it.
 * @param model `serves`: whether the stack deploys an endpoint. `pinnedOn`: YYYY-MM-DD; undefined in a stack of version
 * 0.1.0, which is older than the check.
 * @param property full name of the setting `foundationModel`, for the problem.
 */
export function lifecycleVerdict(
  property: string,
  model: {
    name: string;
    dates: ModelDates;
    serves: boolean;
    pinnedOn: string | undefined;
    allowRetired: boolean;
  },
  today = new Date(),
): LifecycleVerdict {
  const { name, dates, serves, pinnedOn, allowRetired } = model;
  const relevant = uses.filter((use) => use === "finetune" || serves);
  const on = (use: Use, stage: Stage): string | undefined => dates[`${use}.${stage}`];
  const past = (use: Use, stage: Stage): boolean => isPast(on(use, stage) ?? "9999-12-31", today);
  const successor = successorOf(name);
  const instead = successor ? ` Microsoft recommends ${successor} instead.` : "";

  const retired = relevant.filter((use) => past(use, "retirement"));
  if (retired.length > 0) {
    const seen = `Azure retired ${name} for ${retired.map((use) => `${useText[use]} on ${on(use, "retirement")}`).join(" and for ")}`;
    const older = retired.every((use) => pinnedOn === undefined || pinnedOn < (on(use, "retirement") ?? ""));
    if (older || allowRetired) return { warnings: [`${property}: ${seen}.${instead}`], notes: [] };
    const remedy = `Set foundationModel.name to ${successor ?? "a newer model"}${successor ? ", which Microsoft recommends instead" : ""}, or foundationModel.allowRetired: true if you know that it still works.`;
    return { problem: { property, seen, remedy }, warnings: [], notes: [] };
  }
  const warnings = relevant
    .filter((use) => past(use, "deprecation"))
    .map((use) => {
      const end = on(use, "retirement");
      return `${property}: Azure deprecated ${name} for ${useText[use]} on ${on(use, "deprecation")}${end ? ` and retires it on ${end}` : ""}. Azure may refuse new deployments.${instead}`;
    });
  const notes = relevant
    .filter((use) => !past(use, "deprecation") && (on(use, "deprecation") ?? on(use, "retirement")))
    .map((use) => {
      const [stage, date] = on(use, "deprecation")
        ? ["deprecates", on(use, "deprecation")]
        : ["retires", on(use, "retirement")];
      return `${property}: Azure ${stage} ${name} for ${useText[use]} on ${date}.${instead}`;
    });
  return { warnings, notes };
}
