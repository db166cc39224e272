import { type Problem, formatValue } from "../azureml/problem";
import type { ParsedSections } from "./parsedSections";
import type { PromotionConfig } from "./stackConfig";

/**
 * The rules of `model.source`. Returns the promotion of a promoting stack if its settings are complete. A gate in the section of
 * the other kind of stack would silently have no effect, so it is a mistake.
 */
export function promotionRules(
  { model, finetune, scoring }: ParsedSections,
  project: string,
): { config?: PromotionConfig; problems: Problem[] } {
  if (!model) return { problems: [] };
  const problems: Problem[] = [];
  const add = (setting: string, seen: string, allowed: string, remedy: string): void =>
    void problems.push({ property: `${project}:${setting}`, seen, allowed, remedy });
  const { promote, gate } = model;
  if (scoring?.question !== undefined && scoring.questionFile !== undefined)
    add("scoring.questionFile", "scoring.question is set as well", "one of the two", "Remove one of them.");
  if (model.source === "train") {
    for (const setting of ["question", "questionFile"] as const)
      if (scoring?.[setting] !== undefined)
        add(
          `scoring.${setting}`,
          "set, but model.source is train",
          "no question in a training stack",
          "Remove it: a held-out conversation of the data is scored, which scoring.seed selects.",
        );
    if (promote)
      add(
        "model.promote",
        "set, but model.source is train",
        "no model.promote in a training stack",
        "Set model.source: promote to serve that version, or remove it.",
      );
    if (hasValues(gate))
      add(
        "model.gate",
        `${Object.keys(gate).join(", ")}, but model.source is train`,
        "no model.gate in a training stack",
        "Set the limits in finetune.gate: it judges what the stack trains.",
      );
    return { problems };
  }
  if (finetune && hasValues(finetune.gate))
    add(
      "finetune.gate",
      `${Object.keys(finetune.gate).join(", ")}, but model.source is promote`,
      "no finetune.gate in a promoting stack",
      "Set the limits in model.gate: it judges the version to promote.",
    );
  if (model.shareTo !== undefined)
    add(
      "model.shareTo",
      `${formatValue(model.shareTo)}, but model.source is promote`,
      "no model.shareTo in a promoting stack",
      "Remove it: the version is in the registry already.",
    );
  if (model.name !== undefined)
    add(
      "model.name",
      `${formatValue(model.name)}, but model.source is promote`,
      "no model.name in a promoting stack",
      "Remove it: the stack registers no model. The name in the registry is model.promote.name.",
    );
  if (!promote) {
    add(
      "model.promote",
      "not set, but model.source is promote",
      "{ registry, name, version } or { stack, version }",
      "Run `npm run promote -- <training stack> <this stack>` to write it, or set it.",
    );
    return { problems };
  }
  const { registry, stack, name, version, sha256 } = promote;
  if ((registry === undefined) === (stack === undefined)) {
    add(
      "model.promote",
      registry === undefined ? "neither registry nor stack is set" : "both registry and stack are set",
      "{ registry, name, version } or { stack, version }",
      "Set one of the two.",
    );
    return { problems };
  }
  if (registry !== undefined && name === undefined) {
    add("model.promote.name", "not set", "the model's name in the registry", "Set it.");
    return { problems };
  }
  const from =
    registry !== undefined && name !== undefined
      ? { registry, name }
      : { stack: stack as string, ...(name === undefined ? {} : { name }) };
  return { config: { from, version, ...(sha256 === undefined ? {} : { sha256 }), gate }, problems };
}

const hasValues = (gate: object): boolean => Object.values(gate).some((value) => value !== undefined);
