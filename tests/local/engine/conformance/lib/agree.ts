import { compareWithRecording } from "./conform";
import { perform } from "./perform";
import { makeProject } from "./project";
import { comparable } from "./recorded";
import type { Engine, Program, Step } from "./types";

/**
 * Runs a program on two engines, each with its own project, and compares them after every step. Then each
 * continues from the other's state, which must not change anything. Differences are thrown by `expect`.
 */
export async function agree(program: Program, one: Engine, other: Engine): Promise<void> {
  const mine = makeProject(program);
  const theirs = makeProject(program);
  const { steps } = program;
  try {
    for (const [index, step] of steps.entries()) {
      const first = await perform(one, mine, program, step);
      const second = await perform(other, theirs, program, step);
      compareWithRecording(first, step, comparable(second, step));
      const isLast = step.do === "up" && !steps.slice(index + 1).some(({ do: what }) => what === "up");
      // A failure, a target or a difference that is kept on purpose leaves changes for the next run.
      const isPartial = steps.some(({ options, differs }) => options?.targets !== undefined || differs);
      if (!isLast || isPartial || first.exit !== 0) continue;
      // No later step creates anything: from here each engine must accept the other's state without changes.
      const look: Step = { do: "preview", because: "", expect: {}, options: { expectNoChanges: true } };
      const again: Step = step.stack === undefined ? look : { ...look, stack: step.stack };
      for (const [engine, project] of [
        [one, theirs],
        [other, mine],
      ] as const) {
        const seen = await perform(engine, project, program, again);
        expect({ engine: engine.name, exit: seen.exit, steps: seen.steps, errors: seen.errors }).toEqual({
          ...{ engine: engine.name, exit: 0, steps: [], errors: "" },
        });
      }
    }
  } finally {
    mine.remove();
    theirs.remove();
  }
}
