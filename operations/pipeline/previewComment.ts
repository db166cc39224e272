import type { Change, ChangeKind } from "./changes";
import type { StandingCost } from "./machines";
import { code, fenced, folded, plain, table } from "./markdown";
import type { StackPreview } from "./stackPreview";

/** A hidden line by which the next run finds its own comment. */
export const previewMarker = "<!-- azureml-finetune: preview -->";

/** GitHub refuses a comment of more than 65,536 characters (HTTP 422, "body is too long"). */
const longest = 60_000;
/** So many changes of a stack are listed. */
const listed = 60;

const signs: Record<ChangeKind, string> = { create: "+", change: "~", replace: "±", delete: "−" };
const kinds = Object.keys(signs) as ChangeKind[];

/** The one comment of a pull request about all stacks. */
export function previewComment(previews: readonly StackPreview[], heading = "Preview"): string {
  const stacks = [...previews];
  const commit = stacks.find((preview) => preview.commit)?.commit;
  const text = [
    previewMarker,
    `## ${heading}${commit ? ` of ${code(commit.slice(0, 12))}` : ""}`,
    "",
    ...table(
      ["stack", "create", "change", "replace", "delete", "training", "machines per month", "gate"],
      stacks.map(row),
    ),
    ...stacks.flatMap(section),
  ].join("\n");
  if (text.length <= longest) return `${text}\n`;
  return `${text.slice(0, longest)}\n\n… cut here: the run's log has the whole preview.\n`;
}

function row(preview: StackPreview): string[] {
  const { stack, ok, changes, notes, gate, cost } = preview;
  const counts = kinds.map((kind) => String(changes.filter((change) => change.kind === kind).length));
  if (!ok) return [code(stack), "failed", "", "", "", "", "", ""];
  const shown = changes.length === 0 ? ["no changes", "", "", ""] : counts;
  return [code(stack), ...shown, trainingCell(notes), costCell(cost), gate.map(plain).join(", ") || "–"];
}

function trainingCell(notes: readonly string[]): string {
  const line = notes.find((note) => note.startsWith("[training] "))?.slice("[training] ".length);
  if (line === undefined) return "–";
  if (line.startsWith("will train")) return `**${plain(line)}**`;
  return plain(line.split(":")[0] ?? line);
}

/** `2,679 USD → 5,358 USD`, or one figure if nothing changes. */
function costCell({ before, after }: StackPreview["cost"]): string {
  const [old, next] = [monthText(before), monthText(after)];
  return old === next ? next : `${old} → **${next}**`;
}

function monthText({ machines, perMonth, currency }: StandingCost): string {
  if (machines.length === 0) return `0 ${currency}`;
  if (perMonth === undefined) return "price unknown";
  return `${perMonth.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",")} ${currency}`;
}

function section(preview: StackPreview): string[] {
  const { stack, ok, changes, notes, errors, digest, report } = preview;
  const title = ["", `### ${plain(stack)}`, ""];
  if (!ok) return [...title, "The preview failed:", "", ...fenced(errors.join("\n\n").slice(0, 6000))];
  const decisions = notes.filter((note) => note.startsWith("["));
  const costs = notes.filter((note) => !note.startsWith("["));
  return [
    ...title,
    ...decisions.map((note) => `- ${plain(note)}`),
    ...(changes.length > 0
      ? ["", ...folded(`${changes.length} resources change`, changeLines(changes))]
      : []),
    ...(costs.length > 0 ? ["", ...folded("Costs", fenced(costs.join("\n")))] : []),
    ...(report ? ["", ...folded("Now: the last training and what serves", [report])] : []),
    "",
    `Plan ${code(digest)}`,
  ];
}

function changeLines(changes: readonly Change[]): string[] {
  const more = changes.length - listed;
  const lines = changes.slice(0, listed).map(({ kind, type, name, because }) => {
    const reasons = because.length > 0 ? `: ${because.slice(0, 12).map(code).join(", ")}` : "";
    return `- ${signs[kind]} ${kind} ${code(type)} ${code(name)}${reasons}`;
  });
  return more > 0 ? [...lines, `- and ${more} more`] : lines;
}
