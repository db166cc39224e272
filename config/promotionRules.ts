import { type Problem, formatValue } from "../azureml/problem";
import type { ParsedSections } from "./parsedSections";
import { problemsOf, type Report } from "./problems";
import type { PromotionConfig } from "./stackConfig";

type Model = NonNullable<ParsedSections["model"]>;

/** The rules of `model.source`. Returns the promotion of a promoting stack if its settings are complete. */
export function promotionRules(
  { model, finetune, scoring }: ParsedSections,
  project: string,
): { config?: PromotionConfig; problems: Problem[] } {
  if (!model) return { problems: [] };
  const report = problemsOf(project);
  const problems = misplaced({ model, finetune, scoring }, report);
  if (scoring?.question !== undefined && scoring.questionFile !== undefined)
    problems.push(
      report(
        "scoring.questionFile",
        "scoring.question is set as well",
        "one of the two",
        "Remove one of them.",
      ),
    );
  if (model.source === "train") return { problems };
  const { config, problem } = promotionOf(model, report);
  return { ...(config && { config }), problems: [...problems, ...(problem ? [problem] : [])] };
}

/** Settings of the other kind of stack, which would silently have no effect. */
function misplaced(
  { model, finetune, scoring }: Pick<ParsedSections, "finetune" | "scoring"> & { model: Model },
  report: Report,
): Problem[] {
  const { source, promote, gate, shareTo, name } = model;
  const question = "Remove it: a held-out conversation of the data is scored, which scoring.seed selects.";
  const shown = (value: unknown): string | undefined =>
    value === undefined ? undefined : formatValue(value);
  const wrong: Record<Model["source"], [setting: string, seen: string | undefined, remedy: string][]> = {
    train: [
      ["scoring.question", scoring?.question && "set", question],
      ["scoring.questionFile", scoring?.questionFile && "set", question],
      ["model.promote", promote && "set", "Set model.source: promote to serve that version, or remove it."],
      ["model.gate", namesOf(gate), "Set the limits in finetune.gate: it judges what the stack trains."],
    ],
    promote: [
      [
        "finetune.gate",
        namesOf(finetune?.gate ?? {}),
        "Set the limits in model.gate: it judges the version to promote.",
      ],
      ["model.shareTo", shown(shareTo), "Remove it: the version is in the registry already."],
      [
        "model.name",
        shown(name),
        "Remove it: the stack registers no model. The name in the registry is model.promote.name.",
      ],
    ],
  };
  const kind = { train: "training", promote: "promoting" }[source];
  return wrong[source].flatMap(([setting, seen, remedy]) =>
    seen
      ? [
          report(
            setting,
            `${seen}, but model.source is ${source}`,
            `no ${setting} in a ${kind} stack`,
            remedy,
          ),
        ]
      : [],
  );
}

/** The version that a promoting stack serves, or the first problem of `model.promote`. */
function promotionOf(
  { promote, gate }: Model,
  report: Report,
): { config?: PromotionConfig; problem?: Problem } {
  const forms = "{ registry, name, version } or { stack, version }";
  if (!promote)
    return {
      problem: report(
        "model.promote",
        "not set, but model.source is promote",
        forms,
        "Run `npm run promote -- <training stack> <this stack>` to write it, or set it.",
      ),
    };
  const { registry, stack, name, version, sha256 } = promote;
  if ((registry === undefined) === (stack === undefined)) {
    const seen =
      registry === undefined ? "neither registry nor stack is set" : "both registry and stack are set";
    return { problem: report("model.promote", seen, forms, "Set one of the two.") };
  }
  if (registry !== undefined && name === undefined)
    return {
      problem: report("model.promote.name", "not set", "the model's name in the registry", "Set it."),
    };
  const from =
    registry !== undefined && name !== undefined
      ? { registry, name }
      : { stack: stack as string, ...(name === undefined ? {} : { name }) };
  return { config: { from, version, ...(sha256 === undefined ? {} : { sha256 }), gate } };
}

const namesOf = (gate: object): string =>
  Object.entries(gate)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .join(", ");
