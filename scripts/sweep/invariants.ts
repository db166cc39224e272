import type { Harness, RunReport } from "./harness";

const ml = "Microsoft.MachineLearningServices/workspaces";

/** What exists exactly once while a stack is up, whatever happened on the way. */
const once = {
  job: `${ml}/jobs`,
  "model version": `${ml}/models/versions`,
  endpoint: `${ml}/onlineEndpoints`,
  deployment: `${ml}/onlineEndpoints/deployments`,
  cluster: `${ml}/computes`,
} as const;

/**
 * What is wrong with a stack that is up.
 * @param expected trainings and jobs of its whole life. Default: one.
 */
export function problemsWhenUp(
  { cloud }: Harness,
  expected: { trainings?: number; jobs?: number } = {},
): string[] {
  const { trainings } = cloud.trainer;
  const problems = trainings === (expected.trainings ?? 1) ? [] : [`trained ${trainings} times`];
  for (const [what, type] of Object.entries(once)) {
    const { length } = cloud.idsOf(type);
    if (length !== (what === "job" ? (expected.jobs ?? 1) : 1)) problems.push(`${length} of: ${what}`);
  }
  return problems;
}

/**
 * What is wrong with a stack that was destroyed.
 * @param before ids of what billed before the stack was created.
 */
export function problemsWhenDestroyed(harness: Harness, before: ReadonlySet<string>): string[] {
  const left = billedIds(harness).filter((id) => !before.has(id));
  const problems = left.map((id) => `still bills: ${id}`);
  const { length } = harness.state();
  if (length > 0) problems.push(`the state still has ${length} resources`);
  return problems;
}

/** Ids of everything that bills or costs something while it exists. */
export function billedIds({ cloud }: Harness): string[] {
  const { clusters, endpoints, deployments, jobs, workspaces, standing } = cloud.inventory();
  return [clusters, endpoints, deployments, jobs, workspaces, standing].flat().map(({ id }) => id);
}

/** Lines of a stack trace, and forms of secrets: tokens, keys, signatures. */
const forbidden: Readonly<Record<string, RegExp>> = {
  "a stack trace": /^\s+at (?:async )?\S.*[:(]\S*:\d+:\d+\)?$/m,
  "a token": /eyJ[\w-]{10,}\.[\w-]{10,}/,
  "a signature": /[?&]sig=(?!\*)[^&\s"']{8}/,
};

/** What is wrong with the output of a run. */
export function problemsInOutput({ cloud }: Harness, { operation, output }: RunReport): string[] {
  const found = Object.entries(forbidden).flatMap(([what, pattern]) => {
    const [text] = pattern.exec(output) ?? [];
    return text === undefined ? [] : [`${operation} prints ${what}: ${text.trim().slice(0, 120)}`];
  });
  const secret = cloud.secrets().find((text) => output.includes(text));
  return secret === undefined ? found : [...found, `${operation} prints a key of the cloud`];
}
