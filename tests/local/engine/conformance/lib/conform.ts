import { groups, type Group } from "../programs/all";
import { differences } from "./differences";
import { embeddedEngine } from "./embedded";
import { perform } from "./perform";
import { makeProject, type Project } from "./project";
import { comparable, recordingsOf, type Recorded } from "./recorded";
import type { Call } from "./facts";
import type { Expected, Program, Seen, Step } from "./types";

/** Runs groups of programs on the embedded engine and compares each step with what the Pulumi CLI did, a test for each step. */
export function conformAsRecorded(...names: Group[]): void {
  for (const name of names) {
    const recorded = recordingsOf(name);
    conform(groups[name], (program, index) => recorded(program.name, index));
  }
}

/**
 * Runs programs on the embedded engine, a test for each step.
 * @param recorded what the Pulumi CLI did in a step. Without it only the step's own expectation counts.
 */
export function conform(
  programs: Program[],
  recorded?: (program: Program, index: number) => Recorded | undefined,
): void {
  const engine = embeddedEngine();
  afterAll(() => engine.close());
  describe.each(programs.map((program) => [program.name, program] as const))("%s", (_name, program) => {
    let project: Project;
    const earlier: Seen[] = [];
    beforeAll(() => {
      project = makeProject(program);
    });
    afterAll(() => project.remove());
    program.steps.forEach((step, index) => {
      const title = `${step.do} (${index + 1}): ${step.because}`;
      const body = async (): Promise<void> => {
        const seen = await perform(engine, project, program, step);
        earlier.push(seen);
        compare(seen, step.expect);
        if (recorded) {
          const theirs = recorded(program, index);
          compareWithRecording(seen, step, theirs);
          // Otherwise the step names a difference that is gone. Another run of the CLI may do by chance what the engine does.
          if (step.differs) expect(plain(seen, step)).not.toEqual(theirs);
        }
        step.also?.(seen, earlier, project);
      };
      if (step.failing) test.failing(`${title} [${step.failing}]`, body);
      else test(title, body);
    });
  });
}

/** Every field is as the Pulumi CLI has it, except for those of differences that the step names. */
export function compareWithRecording(seen: Seen, step: Step, recorded: Recorded | undefined): void {
  expect(recorded ?? "no recording: see docs/engine.md").toEqual(expect.any(Object));
  const mine = plain(seen, step);
  const kept = new Set<string>((step.differs ?? []).flatMap((name) => differences[name].fields));
  for (const field of Object.keys(mine) as (keyof Recorded)[]) {
    if (kept.has(field)) continue;
    expect({ [field]: mine[field] }).toEqual({ [field]: recorded?.[field] });
  }
}

/** What is compared of a step, as a recording has it: without undefined values. */
const plain = (seen: Seen, step: Step): Recorded =>
  JSON.parse(JSON.stringify(comparable(seen, step))) as Recorded;

/** Compares what an engine did with what a step expects. */
function compare(seen: Seen, expected: Expected): void {
  expect({ exit: seen.exit, errors: seen.errors }).toEqual({
    exit: expected.exit ?? 0,
    errors: expected.errors ? expect.stringMatching(expected.errors) : "",
  });
  if (expected.warnings) expect(seen.warnings).toMatch(expected.warnings);
  if (Array.isArray(expected.steps)) expect([...seen.steps].sort()).toEqual([...expected.steps].sort());
  else if (expected.steps) expect(seen.steps).toEqual(expect.arrayContaining(expected.steps.some));
  if (expected.counts) expect(seen.counts).toMatchObject(expected.counts);
  const lines = seen.log.map(lineOf);
  for (const [first, second] of expected.order ?? []) {
    expect(lines).toEqual(expect.arrayContaining([first, second]));
    expect({ first, at: lines.lastIndexOf(first) < lines.indexOf(second), lines, second }).toMatchObject({
      at: true,
    });
  }
  for (const call of expected.never ?? []) {
    const found = lines.filter((line) => matches(line.replace(/^\w+ /, ""), call));
    expect(found).toEqual([]);
  }
  for (const [name, facts] of Object.entries(expected.state ?? {})) {
    if (facts === null) expect(Object.keys(seen.state)).not.toContain(name);
    else expect(seen.state[name]).toMatchObject(facts);
  }
  if (expected.outputs) expect(seen.outputs).toEqual(expected.outputs);
  expect(seen.cloud).toEqual([...(expected.cloud ?? namesInState(seen))].sort());
  expect((expected.hidden ?? []).filter((text) => seen.stateText.includes(text))).toEqual([]);
  expect(seen.pending).toEqual(expected.pending ?? []);
}

/** `start create a`: a call of the log in short. */
function lineOf({ at, call, name }: Call): string {
  return `${at} ${call} ${name}`;
}

function matches(line: string, pattern: string): boolean {
  return pattern.endsWith("*") ? line.startsWith(pattern.slice(0, -1)) : line === pattern;
}

/** Every thing in the cloud must be in the state, and every resource in the state must be in the cloud. */
function namesInState(seen: Seen): string[] {
  return Object.values(seen.state)
    .filter((facts) => facts.custom === true && !facts.external && !facts.pendingReplacement)
    .filter((facts) => !String(facts.type).startsWith("pulumi:"))
    .map((facts) => String(facts.urn).split("::").slice(3).join("::"));
}
