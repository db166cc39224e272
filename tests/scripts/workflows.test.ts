import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import packageJson from "../../package.json";

interface Step {
  name?: string;
  if?: string;
  run?: string;
  uses?: string;
  with?: Record<string, string>;
}

interface Workflow {
  on: Record<string, { inputs?: Record<string, { required?: boolean }> } | null>;
  jobs: Record<string, { uses?: string; with?: Record<string, unknown>; needs?: string; steps?: Step[] }>;
}

const folder = ".github/workflows";
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const workflow = (name: string): Workflow => parse(readFileSync(join(folder, name), "utf8")) as Workflow;
const jobs = (name: string) => Object.values(workflow(name).jobs);
const stepsOf = (name: string): Step[] => jobs(name).flatMap(({ steps }) => steps ?? []);

describe.each(files)("%s", (file) => {
  test("calls only scripts that exist", () => {
    const called = stepsOf(file).flatMap(({ run }) =>
      [...(run ?? "").matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(test|start))/g)].map(
        ([, script, own]) => script ?? own,
      ),
    );
    for (const script of called) expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  test("puts no expression into a shell command", () => {
    for (const { run } of stepsOf(file)) expect(run ?? "").not.toContain("${{");
  });

  test("calls workflows that exist, with the inputs that they require", () => {
    for (const { uses, with: given } of jobs(file)) {
      if (!uses) continue;
      expect(existsSync(uses)).toBe(true);
      const { inputs } = workflow(uses.slice(`./${folder}/`.length)).on["workflow_call"] ?? {};
      expect(Object.keys(given ?? {}).sort()).toEqual(Object.keys(inputs ?? {}).sort());
    }
  });
});

test("an update in a pipeline starts and fails with a recovery", () => {
  const steps = stepsOf("stack.yml");
  const update = steps.findIndex(({ with: given }) => given?.["command"] !== undefined);
  const recoveries = steps.flatMap(({ run }, index) =>
    run?.includes("npm run --silent recover") ? [index] : [],
  );
  expect(recoveries.map((index) => Math.sign(index - update))).toEqual([-1, 1]);
  expect(recoveries.map((index) => steps[index]?.if)).toEqual([
    "inputs.command == 'up'",
    "failure() && inputs.command == 'up' && steps.pulumi.outcome == 'failure'",
  ]);
  for (const index of recoveries) expect(steps[index]?.run).toContain('--stack "$STACK" --quiet');
});
