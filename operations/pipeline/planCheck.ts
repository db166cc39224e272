import type { StackPreview } from "./stackPreview";

/**
 * Compares what was approved with what an update would do now.
 * @throws Error if commit or plan differ, naming the resources in which they do.
 */
export function checkPlan(approved: StackPreview, now: StackPreview): void {
  const title = `Stack ${now.stack} is not updated:`;
  if (approved.stack !== now.stack)
    throw new Error(`${title} the approved plan is of stack ${approved.stack}.`);
  if (!approved.ok) throw new Error(`${title} the preview that was shown for approval had failed.`);
  if (!now.ok) throw new Error(`${title} the preview before the update failed.\n${now.errors.join("\n")}`);
  if (approved.commit !== now.commit) {
    const shown = (commit: string | undefined): string => commit ?? "an unknown commit";
    throw new Error(
      `${title} ${shown(approved.commit)} was approved, and this is ${shown(now.commit)}. Run the pipeline of this commit again.`,
    );
  }
  if (approved.digest === now.digest) return;
  throw new Error(
    `${title} it would no longer do what was approved.\n\n${differences(approved, now)}\n\n` +
      `approved  ${approved.digest}\nnow       ${now.digest}\n\n` +
      "Something changed in Azure or in the stack's state since then. Run the pipeline again: it shows the new plan for approval.",
  );
}

function differences(approved: StackPreview, now: StackPreview): string {
  const lines = (preview: StackPreview): string[] => [
    ...preview.changes.map(({ kind, type, name, because }) =>
      `${kind} ${type} ${name} ${because.join(", ")}`.trimEnd(),
    ),
    ...preview.notes.filter((note) => note.startsWith("[")),
  ];
  const [before, after] = [lines(approved), lines(now)];
  const found = [
    ...before.filter((line) => !after.includes(line)).map((line) => `  approved only: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `  now only:      ${line}`),
  ];
  return found.length > 0 ? found.join("\n") : "  The same resources change, with other values.";
}
