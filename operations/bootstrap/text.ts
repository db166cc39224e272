import { filledCommand, shellText, type Values } from "./command";
import type { Examination, Examined, Found } from "./run";

const words: Record<Found["state"], string> = {
  exists: "exists",
  missing: "missing",
  differs: "DIFFERS",
  unknown: "?",
};

/** The state of every step, one line each, and details of those that differ. */
export function planText({ steps }: Examination): string {
  return steps
    .flatMap(({ step, found }) => [
      `  ${words[found.state].padEnd(7)}  ${step.title}`,
      ...(found.state === "differs" ? [`     ${found.detail}`] : []),
    ])
    .join("\n");
}

/** Reasons why steps could not be checked, each once. */
export function unknownReasons({ steps }: Examination): string[] {
  const reasons = steps.flatMap(({ found }) => (found.state === "unknown" ? [found.reason] : []));
  return [...new Set(reasons)].filter((reason) => reason !== "an earlier step is open");
}

/** Whether a step needs a command. A lookup needs one if its value is not known yet. */
const isOpen = ({ step, found }: Examined): boolean =>
  found.state !== "exists" && (found.state !== "differs" || step.update !== undefined);

/** The commands for everything that is not there, as a script for a POSIX shell, each with its reason. */
export function commandsText({ steps, values }: Examination): string {
  return steps
    .filter(isOpen)
    .map(({ step, found }) => `# ${step.title}: ${step.reason}\n${commandText({ step, found }, values)}`)
    .join("\n\n");
}

function commandText({ step, found }: Examined, values: Values): string {
  const command = (found.state === "differs" ? step.update : step.create) ?? step.check;
  return shellText(filledCommand(command, values), step.captures);
}

/** How many steps are in each state: `12 exist, 3 missing`. */
export function countText({ steps }: Examination): string {
  const count = (state: Found["state"]): number => steps.filter(({ found }) => found.state === state).length;
  const parts = [
    [count("exists"), "exist"],
    [count("missing"), "missing"],
    [count("differs"), "differ"],
    [count("unknown"), "not checked"],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(", ");
}
