/** One mistake in a stack's configuration or environment. */
export interface Problem {
  /** The setting: `azureml-finetune:finetune.learningRate`, or the object checked (`credential`). */
  property: string;
  /** The value seen, formatted for printing. */
  seen: string;
  /** What is allowed. Absent if `seen` states it. */
  allowed?: string;
  /** What to do next. Absent if `seen` states it. */
  remedy?: string;
}

/** The problems as the text of one error message, in the given order. */
export function problemReport(title: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ property, seen, allowed, remedy }, index) =>
    [
      `  ${index + 1}. ${property}: ${seen.replaceAll("\n", "\n     ")}`,
      allowed && `     allowed: ${allowed}`,
      remedy && `     ${remedy}`,
    ]
      .filter(Boolean)
      .join("\n"),
  );
  return `${title}\n\n${lines.join("\n")}\n`;
}

/** A value for a message: short, on one line, strings quoted. */
export function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
