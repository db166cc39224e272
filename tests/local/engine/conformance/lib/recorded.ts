import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { perform } from "./perform";
import { makeProject } from "./project";
import type { Engine, Program, Seen, Step } from "./types";

/** What is recorded of a step: everything that does not differ between two runs of the same engine. */
export type Recorded = ReturnType<typeof comparable>;

/** A recorded step, with what identifies it. */
type RecordedStep = { program: string; index: number; do: string; seen: Recorded };

const folder = join(__dirname, "../recorded");
const fileOf = (group: string): string => join(folder, `${group}.json`);

/**
 * The facts of a step that two engines must agree on. The order of parallel steps and the wording of messages may differ; a run that
 * fails stops each engine at another moment.
 */
export function comparable(seen: Seen, step: Step) {
  const failed = seen.exit !== 0;
  // The engines report the refresh of an `up --refresh` in different ways.
  const isCounted = !failed && !step.options?.refresh;
  return {
    exit: seen.exit,
    steps: isCounted ? [...seen.steps].sort() : [],
    counts: isCounted ? Object.fromEntries(Object.entries(seen.counts).sort()) : {},
    state: seen.state,
    pending: [...seen.pending].sort(),
    cloud: seen.cloud,
    outputs: failed || step.do === "preview" ? {} : seen.outputs,
    calls: failed ? [] : callsOf(seen),
  };
}

/** Provider calls that answered, without configuration: the engines start providers at other moments. */
function callsOf({ log }: Seen): string[] {
  const answered = log.filter(({ at, call }) => at !== "start" && !/config/i.test(call));
  return answered.map(({ at, call, name }) => `${at} ${call} ${name}`).sort();
}

/** The recorded steps of a group of programs, by program and position. */
export function recordingsOf(group: string): (program: string, index: number) => Recorded | undefined {
  if (!existsSync(fileOf(group))) return () => undefined;
  const steps = JSON.parse(readFileSync(fileOf(group), "utf8")) as RecordedStep[];
  return (program, index) => steps.find((step) => step.program === program && step.index === index)?.seen;
}

/** Runs a group of programs on an engine and writes what it did, one step per line. */
export async function record(group: string, programs: readonly Program[], engine: Engine): Promise<void> {
  const lines: string[] = [];
  for (const program of programs) {
    const project = makeProject(program);
    try {
      for (const [index, step] of program.steps.entries()) {
        const seen = await perform(engine, project, program, step);
        const { name } = program;
        const recorded: RecordedStep = { program: name, index, do: step.do, seen: comparable(seen, step) };
        lines.push(JSON.stringify(recorded));
      }
    } finally {
      project.remove();
    }
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(group), `[\n${lines.join(",\n")}\n]\n`);
}
