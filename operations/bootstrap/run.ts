import { type Command, filledCommand, openReferences } from "./command";
import { CommandFailure, failureRemedy, failureReport, isDelay } from "./failure";
import type { Finding, Step } from "./step";

/** Runs a command and returns what it printed. Throws `CommandFailure`. The only way to the outside. */
export type Execute = (command: Command) => Promise<string>;

/** `unknown`: it could not be checked, because the program is not there or not logged in. */
export type Found = Finding | { state: "unknown"; reason: string };

/** A step and what was found. */
export interface Examined {
  step: Step;
  found: Found;
}

/** The whole plan as it stands. */
export interface Examination {
  steps: Examined[];
  values: Map<string, string>;
}

/**
 * Checks every step and changes nothing. A step is missing if one that it follows is missing. A program that fails leaves its
 * steps unknown.
 */
export async function examine(steps: readonly Step[], execute: Execute): Promise<Examination> {
  const values = new Map<string, string>();
  const examined: Examined[] = [];
  const cached = remembering(execute, new Map());
  for (const step of steps) {
    const before = examined.filter(({ step: { id } }) => step.after.includes(id));
    const open = before.find(({ found }) => found.state === "missing" || found.state === "unknown");
    const found =
      open === undefined
        ? await check(step, values, cached).catch((error: unknown) => unknownAfter(step, error))
        : followed(step, open.found);
    remember(step, found, values);
    examined.push({ step, found });
  }
  return { steps: examined, values };
}

/** Several steps have the same check, and fail for the same reason. */
function remembering(execute: Execute, outputs: Map<string, Promise<string>>): Execute {
  return (command) => {
    const key = JSON.stringify(command);
    const output = outputs.get(key) ?? execute(command);
    outputs.set(key, output);
    return output;
  };
}

/** What follows from the state of an earlier step. A lookup cannot be missing by itself. */
function followed(step: Step, { state }: Found): Found {
  return state === "missing" && step.create
    ? { state }
    : { state: "unknown", reason: "an earlier step is open" };
}

async function check(step: Step, values: Map<string, string>, execute: Execute): Promise<Found> {
  const command = filledCommand(step.check, values);
  if (openReferences(command).length > 0) return { state: "unknown", reason: "an earlier step is open" };
  return step.read((await execute(command)).trim(), values);
}

function unknownAfter({ title, check: { program } }: Step, error: unknown): Found {
  if (!(error instanceof CommandFailure)) throw error;
  // A known cause, such as no login, is that of all steps: one line for all of them.
  return { state: "unknown", reason: failureRemedy(program, error) ?? failureReport(title, program, error) };
}

function remember({ captures }: Step, found: Found, values: Map<string, string>): void {
  if (captures && found.state === "exists" && found.value) values.set(captures, found.value);
}

/** How long and how often a step waits for Azure to copy a new object or role assignment. */
export interface Patience {
  wait(): Promise<void>;
  times: number;
}

/**
 * Creates and corrects what is missing or differs, in order. Each step is checked again directly before, so an interrupted run
 * continues where it stopped, and what exists is not touched.
 * @returns how many steps changed something.
 * @throws Error that says which step failed, what was reported and what to do.
 */
export async function apply(
  steps: readonly Step[],
  execute: Execute,
  log: (line: string) => void,
  patience: Patience,
): Promise<number> {
  const values = new Map<string, string>();
  const outputs = new Map<string, Promise<string>>();
  const remembered = remembering(execute, outputs);
  // A failure may end by itself, and is not remembered.
  const checking: Execute = (command) =>
    remembered(command).catch((error: unknown) => {
      outputs.clear();
      throw error;
    });
  let changed = 0;
  for (const step of steps) {
    const run = (command: Command, by: Execute): Promise<string> =>
      patiently(filledCommand(command, values), by, log, patience).catch((error: unknown) => {
        if (!(error instanceof CommandFailure)) throw error;
        throw new Error(failureReport(step.title, command.program, error), { cause: error });
      });
    const found = step.read((await run(step.check, checking)).trim(), values);
    remember(step, found, values);
    if (found.state === "exists") continue;
    const command = found.state === "missing" ? step.create : step.update;
    if (command === undefined)
      throw new Error(`${step.title}: ${found.state === "differs" ? found.detail : "it was not found"}`);
    log(`${found.state === "missing" ? "creates" : "corrects"} ${step.title}`);
    outputs.clear();
    const output = (await run(command, execute)).trim();
    if (step.captures && output !== "") values.set(step.captures, output);
    changed += 1;
  }
  return changed;
}

async function patiently(
  command: Command,
  execute: Execute,
  log: (line: string) => void,
  { wait, times }: Patience,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await execute(command);
    } catch (error) {
      if (!(error instanceof CommandFailure) || !isDelay(error.output) || attempt > times) throw error;
      if (attempt === 1) log("  waits until Azure has copied the new objects and roles (up to ten minutes)");
      await wait();
    }
  }
}
