import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../lib/localStack";

/** A row of docs/operations.md: a state of a stack, and what continues. */
export interface Row {
  /** The first cell. It names the row. */
  state: string;
  /** What bills meanwhile. In a table of refusals: what exists. */
  bills: string;
  command: string;
}

/** The rows of all tables of the runbook that have a command. */
export function runbookRows(text = readFileSync(join(projectRoot, "docs/operations.md"), "utf8")): Row[] {
  const rows: Row[] = [];
  let head: string[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("|")) head = [];
    else if (head.length === 0) head = cellsOf(line);
    else if (!/^\| -/.test(line) && head.includes("command")) {
      const cells = cellsOf(line);
      const cell = (name: string): string | undefined => cells[head.indexOf(name)];
      rows.push({
        state: cells[0] ?? "",
        bills: cell("bills now") ?? "what exists",
        command: cell("command") ?? "",
      });
    }
  }
  return rows;
}

const cellsOf = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

const commands = ["up", "refresh", "destroy", "npm run orphans -- --stack dev --delete"] as const;
export type Command = (typeof commands)[number];

/** The commands of a row that the runbook's proof can run, in their order. */
export function commandsOf({ command }: Row): Command[] {
  const quoted = [...command.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  return quoted.flatMap((text) => commands.filter((one) => one === text));
}
