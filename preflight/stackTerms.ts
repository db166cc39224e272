import { requestOptions } from "../dataset/requestOptions";

/**
 * A message of the data step for the reader of a stack: settings instead of command line options. `--encoding windows-1252 (in a
 * stack: dataset.encoding)` becomes `dataset.encoding: windows-1252`.
 */
export function inStackTerms(message: string): string {
  let text = message
    .replace(/;? \(?in a stack: dataset\.\w+\)?| \(dataset\.\w+\)/g, "")
    .replace("relative to the working directory", "relative to the project")
    .replace("--checks NAME=warn", "dataset.checks: { NAME: warn }");
  for (const [field, { flag, value }] of Object.entries(requestOptions)) {
    // A word of these is a value, any other one belongs to the sentence.
    const given = value ? "( (?=(?:cut|drop|skip|report|openai|windows-\\d+|utf-16[bl]e)\\b))?" : "()";
    text = text.replace(
      new RegExp(`${flag}\\b(?!-)${given}`, "g"),
      (_, space?: string) => `dataset.${field}${space ? ": " : ""}`,
    );
  }
  return text;
}
