/** Narrowest column: shorter ones break most values. */
const narrowest = 8;
const gap = 2;

/**
 * A table for a terminal. Long cells wrap; if the columns still do not fit, the table continues below with the next ones.
 * @param head the first row. Its first cell and that of each row stay in front in every part.
 * @param width of the terminal, in characters.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const [first = "", ...titles] = head;
  const longest = Math.max(...[first, ...rows.map(([cell = ""]) => cell)].map((cell) => cell.length));
  const label = Math.min(longest, Math.max(narrowest, Math.floor(width / 2)));
  const room = Math.max(narrowest, width - label);
  const most = Math.max(1, Math.floor(room / (narrowest + gap)));
  // Parts of about the same size.
  const perPart = Math.ceil(titles.length / Math.ceil(titles.length / most));
  const parts: string[] = [];
  for (let start = 0; start < titles.length; start += perPart) {
    const columns = titles.slice(start, start + perPart).map((_, index) => start + index + 1);
    const pick = (row: readonly string[]): string[] => [row[0] ?? "", ...columns.map((at) => row[at] ?? "")];
    parts.push(part([pick(head), ...rows.map(pick)], label, room));
  }
  return parts.join("\n\n");
}

function part(rows: readonly string[][], label: number, room: number): string {
  const natural = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const widths = [label, ...shrunk(natural.slice(1), room)];
  return rows
    .flatMap((row) => {
      const cells = row.map((cell, at) => wrap(cell, widths[at] ?? narrowest));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) =>
        cells
          .map((lines, at) => (lines[line] ?? "").padEnd(widths[at] ?? 0))
          .join(" ".repeat(gap))
          .trimEnd(),
      );
    })
    .join("\n");
}

/** Takes room from the widest column until all of them fit. */
function shrunk(widths: readonly number[], room: number): number[] {
  const result = [...widths];
  const total = (): number => result.reduce((sum, width) => sum + width + gap, 0);
  while (total() > room) {
    const widest = result.indexOf(Math.max(...result));
    if ((result[widest] ?? 0) <= narrowest) break;
    result[widest] = (result[widest] ?? 0) - 1;
  }
  return result;
}

/** Lines of at most `width` characters, broken after a separator where possible. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const part = rest.slice(0, width);
    const at =
      Math.max(...["_", "-", "/", ",", ".", " "].map((separator) => part.lastIndexOf(separator))) + 1;
    const end = at > width / 2 ? at : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...lines, rest];
}
