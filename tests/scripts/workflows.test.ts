import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import packageJson from "../../package.json";

interface Step {
  name?: string;
  id?: string;
  if?: string;
  run?: string;
  uses?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  with?: Record<string, unknown>;
  permissions?: Record<string, string>;
  environment?: string;
  steps?: Step[];
}

interface Workflow {
  on: Record<string, { inputs?: Record<string, { required?: boolean }> } | null>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const folder = ".github/workflows";
const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
const text = (name: string): string => readFileSync(join(folder, name), "utf8");
const workflow = (name: string): Workflow => parse(text(name)) as Workflow;
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
    for (const { run } of stepsOf(file))
      for (const [program] of (run ?? "").matchAll(/\.ci\/[\w-]+/g)) expect(existsSync(program)).toBe(true);
  });

  test("puts no expression into a shell command", () => {
    for (const { run } of stepsOf(file)) expect(run ?? "").not.toContain("${{");
  });

  test("calls workflows that exist, with inputs that they have and all that they require", () => {
    for (const { uses, with: given = {} } of jobs(file)) {
      if (!uses) continue;
      expect(existsSync(uses)).toBe(true);
      const inputs = workflow(uses.slice(`./${folder}/`.length)).on["workflow_call"]?.inputs ?? {};
      for (const name of Object.keys(given)) expect(Object.keys(inputs)).toContain(name);
      for (const [name, { required }] of Object.entries(inputs))
        if (required) expect(Object.keys(given)).toContain(name);
    }
  });

  test("pins each action by its commit, with its version in a comment", () => {
    const used = [...text(file).matchAll(/uses: (\S+)(.*)/g)].filter(([, name]) => !name?.startsWith("./"));
    for (const [, name, comment] of used) {
      expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  test("leaves no credentials behind and gives each job only the permissions that it names", () => {
    expect(workflow(file).permissions).toEqual({ contents: "read" });
    for (const { uses, with: given } of stepsOf(file))
      if (uses?.startsWith("actions/checkout@"))
        expect(given).toMatchObject({ "persist-credentials": false });
    // No job both runs in Azure and writes to the repository.
    for (const { permissions = {} } of jobs(file))
      if (permissions["id-token"] === "write")
        expect(permissions).toEqual({ contents: "read", "id-token": "write" });
  });

  test("selects stacks and never creates them", () => {
    expect(text(file)).not.toMatch(/upsert|stack init|--create/);
  });
});

test("each action has the same version everywhere", () => {
  const versions = new Map<string, Set<string>>();
  for (const [, name = "", commit = ""] of files
    .map(text)
    .join("\n")
    .matchAll(/uses: ([\w/-]+)@(\S+)/g))
    versions.set(name, (versions.get(name) ?? new Set()).add(commit));
  for (const commits of versions.values()) expect(commits.size).toBe(1);
});

test("the Pulumi CLI has the version of the SDK", () => {
  const found = [
    ...files
      .map(text)
      .join("\n")
      .matchAll(/pulumi-version: (\S+)/g),
  ];
  expect(new Set(found.map(([, version]) => version))).toEqual(
    new Set([packageJson.dependencies["@pulumi/pulumi"]]),
  );
});

test("an update in a pipeline starts and fails with a recovery", () => {
  const steps = stepsOf("stack.yml");
  const updates = steps.flatMap(({ run }, index) => (run?.includes("pipeline-step -- up") ? [index] : []));
  const recoveries = steps.flatMap(({ run }, index) =>
    run?.includes("npm run --silent recover") ? [index] : [],
  );
  expect(updates).toHaveLength(2);
  expect(recoveries).toHaveLength(2);
  for (const update of updates) {
    expect(recoveries[0]).toBeLessThan(update);
    expect(recoveries[1]).toBeGreaterThan(update);
  }
  expect(recoveries.map((index) => steps[index]?.if)).toEqual([
    "inputs.command == 'up' || inputs.command == 'destroy'",
    "${{ failure() && (steps.approved.outcome == 'failure' || steps.update.outcome == 'failure') }}",
  ]);
  for (const index of recoveries) expect(steps[index]?.run).toContain('--stack "$STACK" --quiet');
});

test("staging and prod are updated only with the plan that was approved", () => {
  const { jobs: all } = workflow("merge.yml");
  for (const stack of ["staging", "prod"]) {
    expect(all[stack]?.with).toEqual({
      ...{ command: "up", stack, environment: stack },
      plan: `preview-${stack}`,
    });
    expect(all[`plan-${stack}`]?.with).toMatchObject({ command: "preview", environment: `${stack}-preview` });
  }
});

test("nothing is destroyed or logged in to before the typed confirmation was checked", () => {
  const steps = stepsOf("stack.yml");
  const index = (part: string) =>
    steps.findIndex(({ run, uses }) => (run ?? "").includes(part) || (uses ?? "").includes(part));
  expect(index("--check-only")).toBeGreaterThan(0);
  expect(index("--check-only")).toBeLessThan(index("azure/login"));
});
