import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** A scalar that YAML reads as a number or a truth value is text in an environment. */
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const scalars = z.record(z.string(), scalar);

const step = z.strictObject({
  name: z.string().optional(),
  id: z.string().optional(),
  if: scalar.optional(),
  uses: z.string().optional(),
  with: scalars.optional(),
  run: z.string().optional(),
  env: scalars.optional(),
  "working-directory": z.string().optional(),
});

const job = z.strictObject({
  name: z.string().optional(),
  "runs-on": z.string().optional(),
  needs: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
  if: scalar.optional(),
  permissions: scalars.optional(),
  environment: z.string().optional(),
  concurrency: z.unknown().optional(),
  "timeout-minutes": z.number().optional(),
  strategy: z
    .strictObject({ "fail-fast": z.boolean().optional(), matrix: z.record(z.string(), z.array(scalar)) })
    .optional(),
  outputs: scalars.optional(),
  env: scalars.optional(),
  uses: z.string().optional(),
  with: scalars.optional(),
  steps: z.array(step).default([]),
});

const input = z.looseObject({ default: scalar.optional(), required: z.boolean().optional() });
const trigger = z.looseObject({
  inputs: z.record(z.string(), input).optional(),
  outputs: z.record(z.string(), z.looseObject({ value: z.string() })).optional(),
});

const workflow = z.strictObject({
  name: z.string(),
  // `schedule` is a list of times.
  on: z.record(z.string(), z.union([trigger, z.array(z.unknown()).transform(() => null), z.null()])),
  permissions: scalars.optional(),
  concurrency: z.unknown().optional(),
  env: scalars.optional(),
  jobs: z.record(z.string(), job),
});

export type Step = z.infer<typeof step>;
export type Job = z.infer<typeof job>;
export type Workflow = z.infer<typeof workflow>;

/** Reads a workflow. Errors: each part that the walk does not support, by its path in the file. */
export function readWorkflow(root: string, file: string): Workflow {
  const read = workflow.safeParse(parse(readFileSync(path.join(root, file), "utf8")));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(
    `${file} has a part that the walk does not support: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/** The jobs of a workflow in an order in which each follows those that it needs. Errors: an unknown or circular need. */
export function inOrder(jobs: Record<string, Job>): [string, Job][] {
  const ordered: [string, Job][] = [];
  const visit = (id: string, path: readonly string[]): void => {
    if (ordered.some(([done]) => done === id)) return;
    const found = jobs[id];
    if (!found || path.includes(id))
      throw new Error(`job ${path.at(-1)} needs ${id}, which ${found ? "needs it too" : "does not exist"}`);
    for (const need of found.needs) visit(need, [...path, id]);
    ordered.push([id, found]);
  };
  for (const id of Object.keys(jobs)) visit(id, []);
  return ordered;
}

/** All combinations of a job's matrix; one without values if it has none. */
export function combinations({ strategy }: Job): Record<string, string>[] {
  return Object.entries(strategy?.matrix ?? {}).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
