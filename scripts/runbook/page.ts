import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../lib/localStack";
import { tableRows } from "../lib/markdownTables";

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
  return tableRows(text)
    .filter(({ head }) => head.includes("command"))
    .map(({ head, cells }) => {
      const cell = (name: string): string | undefined => cells[head.indexOf(name)];
      return {
        state: cells[0] ?? "",
        bills: cell("bills now") ?? "what exists",
        command: cell("command") ?? "",
      };
    });
}

const commands = ["up", "refresh", "destroy", "npm run orphans -- --stack dev --delete"] as const;
export type Command = (typeof commands)[number];

/** The commands of a row that the runbook's proof can run, in their order. */
export function commandsOf({ command }: Row): Command[] {
  const quoted = [...command.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  return quoted.flatMap((text) => commands.filter((one) => one === text));
}
