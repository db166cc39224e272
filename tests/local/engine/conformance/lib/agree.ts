import { compare, perform } from "./conform";
import { makeProject } from "./project";
import type { Engine, Program, Seen, Step } from "./types";

/**
 * Runs a program on two engines, each with its own project, and compares them after every step. Then each
 * continues from the other's state, which must not change anything. Differences are thrown by `expect`.
 */
export async function agree(program: Program, one: Engine, other: Engine): Promise<void> {
  const mine = makeProject(program);
  const theirs = makeProject(program);
  try {
    let last: Step | undefined;
    for (const step of program.steps) {
      const at = `${step.do}: ${step.because}`;
      const first = await perform(one, mine, program, step);
      const second = await perform(other, theirs, program, step);
      if (!step.failing) compare(second, step.expect, { texts: false });
      expect({ at, ...comparable(second, step) }).toEqual({ at, ...comparable(first, step) });
      if (step.do === "up" && first.exit === 0) last = step;
      if (
        step !== last ||
        program.steps.slice(program.steps.indexOf(step) + 1).some(({ do: what }) => what === "up")
      )
        continue;
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

/** The facts that must be equal on both engines after a step. Messages and failure codes may differ. */
function comparable(seen: Seen, step: Step): Record<string, unknown> {
  const failed = seen.exit !== 0;
  const { create = 0, update = 0, replace = 0, delete: deleted = 0 } = seen.counts;
  return {
    failed,
    outputs: failed ? undefined : seen.outputs,
    state: seen.state,
    pending: seen.pending,
    cloud: seen.cloud,
    // A failing run stops the two engines at different moments, and they report a refresh in different ways.
    steps: failed || step.options?.refresh ? undefined : [...seen.steps].sort(),
    counts: failed || step.options?.refresh ? undefined : { create, update, replace, delete: deleted },
  };
}
