import type { Project } from "./project";
import type { Engine, Program, Seen, Step } from "./types";

/** Prepares and runs one step of a program on an engine. */
export async function perform(engine: Engine, project: Project, program: Program, step: Step): Promise<Seen> {
  if (step.config || step.stack) project.configure(step.config ?? {}, step.stack);
  step.before?.(project);
  project.setFaults(step.faults ?? []);
  project.newCalls();
  const ran = await engine.run(project, program, step);
  return { ...ran, ...project.readState(step.stack), log: project.newCalls(), cloud: project.things() };
}
