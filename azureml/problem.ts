/** One thing that is wrong with what a person asked for. */
export interface Problem {
  /** Where it was set: `azureml-finetune:finetune.learningRate`, or what was looked at (`credential`). */
  property: string;
  /** What was found there, already fit to print. */
  seen: string;
  /** What would be right; absent where `seen` says it. */
  allowed?: string;
  /** What to do next; absent where `seen` says it. */
  remedy?: string;
}

/** Problems as the text of one error message, in the order given. */
export function problemReport(title: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ property, seen, allowed, remedy }, index) =>
    [
      `  ${index + 1}. ${property}: ${seen}`,
      allowed && `     allowed: ${allowed}`,
      remedy && `     ${remedy}`,
    ]
      .filter(Boolean)
      .join("\n"),
  );
  return `${title}\n\n${lines.join("\n")}\n`;
}

/** A value as it should appear in a message: short, on one line, quoted if it is text. */
export function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
