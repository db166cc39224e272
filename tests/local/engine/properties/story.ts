import fc from "fast-check";
import { history, disturbances, type PlannedFault, type Round } from "./arbitraries";
import type { Kill } from "./world";
import { differences, leftBehind } from "./convergence";
import { Editor, type Spec } from "./edits";
import { describe as text, type Graph } from "./graph";
import { expectedOperations } from "./model";
import { World, type Fault, type Outcome, type RunPlan } from "./world";

/** One random stack, with a log of its operations for failure messages. */
class Story {
  readonly lines: string[] = [];
  private readonly editor = new Editor();
  private lastProgram = "";
  graph: Graph = [];

  constructor(
    readonly world: World,
    specs: readonly Spec[],
  ) {
    for (const spec of specs) this.graph = this.editor.add(this.graph, spec);
  }

  /** Runs a plan and fails if any check failed during the run. */
  async run(plan: Omit<RunPlan, "graph">): Promise<Outcome> {
    const program = text(this.graph);
    this.lines.push(`--- ${JSON.stringify(plan)}${program === this.lastProgram ? "" : `\n${program}`}`);
    this.lastProgram = program;
    const outcome = await this.world.run({ graph: this.graph, ...plan });
    this.lines.push(
      `${outcome.killed ? "killed" : outcome.result?.result}: ${outcome.steps.join(", ")} ${outcome.errors.join(" | ")}`,
    );
    this.demand(outcome.problems);
    return outcome;
  }

  /** Runs a plan that must succeed. */
  async succeed(plan: Omit<RunPlan, "graph">): Promise<Outcome> {
    const outcome = await this.run(plan);
    if (outcome.result?.result !== "succeeded") this.demand([`${plan.operation} did not succeed`]);
    return outcome;
  }

  demand(problems: readonly string[]): void {
    if (problems.length === 0) return;
    throw new Error([...problems, ...this.lines].join("\n").replaceAll(/urn:pulumi:dev::prop::/g, ""));
  }

  edit(round: Round): void {
    const labels = this.world
      .state()
      .resources.flatMap((one) => (one.protect ? [String(one.inputs?.label)] : []));
    const kept = new Set([...labels, ...this.graph.filter((node) => node.protect).map(({ key }) => key)]);
    for (const edit of round.edits) this.graph = this.editor.apply(this.graph, edit, kept);
  }

  /** Compares the steps of an undisturbed `up` with those the rules require. */
  async upAsExpected(plan: Omit<RunPlan, "graph" | "operation">): Promise<void> {
    const expected = expectedOperations(this.graph, await this.world.plainState());
    const outcome = await this.run({ operation: "up", ...plan });
    if (!expected) return;
    if (outcome.result?.result !== "succeeded") this.demand(["up did not succeed"]);
    const steps = new Set(outcome.steps);
    for (const [urn, operation] of expected.operations) {
      const step = operation === "replace" ? `create-replacement ${urn}` : `${operation} ${urn}`;
      if (!steps.has(step)) this.demand([`expected: ${step}`]);
    }
    for (const urn of expected.deleted) {
      const gone = [`delete ${urn}`, `remove-pending-replace ${urn}`, `delete-replaced ${urn}`];
      if (!gone.some((step) => steps.has(step))) this.demand([`expected: delete ${urn}`]);
    }
    this.demand(await differences(this.world, this.graph));
  }

  /**
   * Whatever happened before, an `up` repairs the stack, a second one changes nothing, and `destroy` leaves
   * nothing.
   */
  async converges(): Promise<void> {
    this.graph = this.graph.map((node) => (node.protect ? { ...node, protect: false } : node));
    const first = await this.run({ operation: "up" });
    // Only a refresh detects an unreported deletion of a thing that is still in the program.
    const onlyMissingThings = first.errors.every((error) => /: there is no id-/.test(error));
    const needsRefresh = this.world.cloud.unsure.length > 0 && first.errors.length > 0 && onlyMissingThings;
    if (needsRefresh) await this.succeed({ operation: "up", options: { refresh: true } });
    else if (first.result?.result !== "succeeded") this.demand(["up did not succeed"]);
    this.demand(await differences(this.world, this.graph));
    await this.changesNothing();
    const { unsure, drifted } = this.world.cloud;
    if (unsure.length + drifted.length > 0) {
      await this.succeed({ operation: "up", options: { refresh: true } });
      this.world.cloud.unsure = [];
      this.demand(await differences(this.world, this.graph));
    }
    await this.succeed({ operation: "destroy" });
    const left = this.world.state().resources.map(({ urn }) => `${urn} is left in the state`);
    this.demand([...left, ...leftBehind(this.world)]);
  }

  /** A preview proposes nothing and changes no file. */
  async changesNothing(): Promise<void> {
    const before = this.world.files();
    const preview = await this.succeed({ operation: "preview", options: { expectNoChanges: true } });
    if (preview.steps.some((step) => !step.startsWith("same ")))
      this.demand(["the preview proposes changes"]);
    this.untouched(before);
  }

  untouched(before: Record<string, string>): void {
    const after = this.world.files();
    const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
    this.demand(
      [...paths].filter((path) => before[path] !== after[path]).map((path) => `${path} was changed`),
    );
  }
}

async function withStory(specs: readonly Spec[], test: (story: Story) => Promise<void>): Promise<void> {
  const world = await World.make();
  try {
    await test(new Story(world, specs));
  } finally {
    world.remove();
  }
}

const optionsOf = (round: Round): Pick<RunPlan, "options" | "delays"> => ({
  options: { parallel: round.parallel },
  delays: round.delays,
});

/** Random programs are created, changed and destroyed by the documented decisions. */
export const decisions = fc.asyncProperty(history(3), ({ specs, rounds }) =>
  withStory(specs, async (story) => {
    await story.upAsExpected({});
    for (const round of rounds) {
      story.edit(round);
      const before = story.world.files();
      await story.run({ operation: "preview" });
      story.untouched(before);
      await story.upAsExpected(optionsOf(round));
    }
    await story.converges();
  }),
);

/**
 * Random programs survive failures and kills: nothing is lost, no entry without a thing appears, and the next
 * up repairs the stack.
 */
export const recovery = fc.asyncProperty(history(3), disturbances, ({ specs, rounds }, planned) =>
  withStory(specs, async (story) => {
    let turn = 0;
    const next = (): { faults: Fault[]; kill: Kill | undefined } => {
      const { faults, kill } = planned[turn++ % planned.length] ?? { faults: [], kill: undefined };
      return { faults: faults.map((fault) => aimed(fault, story.graph)), kill };
    };
    await story.run({ operation: "up", ...next() });
    for (const round of rounds) {
      story.edit(round);
      const { operation, refresh } = round;
      const before = operation === "preview" ? story.world.files() : undefined;
      const options = { ...optionsOf(round).options, refresh: refresh && operation === "up" };
      await story.run({ operation, ...optionsOf(round), options, ...next() });
      if (before) story.untouched(before);
    }
    await story.converges();
  }),
);

function aimed({ method, kind, target }: PlannedFault, graph: Graph): Fault {
  return { method, kind, name: graph[target % Math.max(1, graph.length)]?.name ?? "" };
}
