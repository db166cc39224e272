/** A row of a table in a document: its cells, and those of the table's head. */
export interface TableRow {
  head: string[];
  cells: string[];
}

/** The rows of all tables of a Markdown text, in their order. */
export function tableRows(text: string): TableRow[] {
  const rows: TableRow[] = [];
  let head: string[] | undefined;
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) head = undefined;
    else if (!head) head = cellsOf(line);
    else if (!/^\| *:?-/.test(line)) rows.push({ head, cells: cellsOf(line) });
  }
  return rows;
}

/** The text of a document's sections with these titles, up to the next title of the same level. */
export function sectionsOf(text: string, ...titles: string[]): string {
  const sections = text.split(/^(?=## )/m);
  return sections.filter((section) => titles.some((title) => section.startsWith(`## ${title}\n`))).join("");
}

const cellsOf = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
