/** Text in Markdown as it is: no HTML, no mention of a person, no link to an issue, no end of a table's cell. */
export function plain(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/#(?=\w)/g, "&#35;")
    .replaceAll("@", "&#64;")
    .replace(/([\\`*_[\]|~])/g, "\\$1")
    .replace(/\s*\n\s*/g, " ");
}

/** A name or a path as code, which no character of it can end. */
export const code = (text: string): string => `\`${text.replace(/[`\r\n|]/g, " ")}\``;

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...rows.map(row)];
}

/** A part that is closed until somebody opens it. */
export const folded = (title: string, lines: readonly string[]): string[] => [
  "<details>",
  `<summary>${title}</summary>`,
  "",
  ...lines,
  "",
  "</details>",
];

/** Text in a fence that nothing in it can end. */
export function fenced(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, text, fence];
}
