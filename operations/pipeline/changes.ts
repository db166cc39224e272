import { canonicalJson } from "../../azureml/records";
import { createHash } from "node:crypto";
import { type EngineStep, isBookkeeping, nameOf, typeOf } from "./engineJson";

/** What happens to a resource. */
export type ChangeKind = "create" | "change" | "replace" | "delete";

/** A resource that an update would change. It has no values of properties, since these can contain a user's data. */
export interface Change {
  kind: ChangeKind;
  /** `azure-native:machinelearningservices:OnlineDeployment`. */
  type: string;
  name: string;
  /** Names of the properties that change; for a replacement those that force it. */
  because: string[];
}

interface Grouped {
  urn: string;
  kind: ChangeKind | undefined;
  steps: EngineStep[];
}

/** One entry for each resource. The CLI prints one to three steps for a replacement, depending on its options. */
function grouped(steps: readonly EngineStep[]): Grouped[] {
  const byUrn = new Map<string, EngineStep[]>();
  for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  return [...byUrn].map(([urn, own]) => ({ urn, kind: kindOf(own.map(({ op }) => op)), steps: own }));
}

function kindOf(operations: readonly string[]): ChangeKind | undefined {
  if (operations.some((op) => op.includes("replace"))) return "replace";
  if (operations.some((op) => op === "create" || op === "import")) return "create";
  if (operations.includes("delete")) return "delete";
  return operations.includes("update") ? "change" : undefined;
}

function reasons({ kind, steps }: Grouped): string[] {
  const first = (...lists: (readonly string[] | null | undefined)[]): readonly string[] =>
    lists.find((list) => list && list.length > 0) ?? [];
  const found = steps.flatMap(({ replaceReasons, detailedDiff, diffReasons }) =>
    kind === "replace"
      ? first(replaceReasons, diffReasons)
      : first(detailedDiff && Object.keys(detailedDiff), diffReasons),
  );
  return [...new Set(found)].sort();
}

/** The resources that would change, except the engine's own, in the order of their first step. */
export function changesOf(steps: readonly EngineStep[]): Change[] {
  return grouped(steps).flatMap((group) => {
    const { kind, urn } = group;
    if (!kind || isBookkeeping(urn)) return [];
    const because = kind === "change" || kind === "replace" ? reasons(group) : [];
    return [{ kind, type: typeOf(urn), name: nameOf(urn), because }];
  });
}

/** Inputs that change nothing in Azure and can differ between two previews of one commit: prices. */
const withoutPrices = (inputs: unknown): unknown => {
  const training = (inputs as { training?: Record<string, unknown> } | null | undefined)?.training;
  if (!training) return inputs;
  return { ...(inputs as object), training: { ...training, price: undefined } };
};

/**
 * A hash of what an update would do: each changed resource with its new inputs, and what happens to the training. Equal for
 * two previews exactly if the same changes are planned. The order of the steps and prices do not count.
 * @param decisions further lines that must be equal, such as whether a training starts.
 */
export function planDigest(steps: readonly EngineStep[], decisions: readonly string[]): string {
  const planned = grouped(steps).flatMap((group) => {
    const { kind, urn } = group;
    if (!kind) return [];
    const inputs = group.steps.map(({ newState }) => newState?.inputs).find(Boolean);
    const before = group.steps.map(({ oldState }) => oldState?.id).find(Boolean);
    return [canonicalJson({ urn, kind, because: reasons(group), before, inputs: withoutPrices(inputs) })];
  });
  const text = canonicalJson([planned.sort(), [...decisions].sort()]);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
