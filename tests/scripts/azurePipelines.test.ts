import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import packageJson from "../../package.json";

const folder = "azure-pipelines";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".yml"),
);
const text = (name: string): string => readFileSync(join(folder, name), "utf8");
/** The commands of a file: scripts and inline scripts. */
const commands = (name: string): string[] =>
  [...text(name).matchAll(/^[\s-]*(?:script|inlineScript):\s*(.*)$/gm)].map(([, command = ""]) => command);
const steps = (all: string): Set<string> =>
  new Set([...all.matchAll(/pipeline-step -- ([a-z-]+)/g)].map(([, name = ""]) => name));

describe.each(files)("%s", (file) => {
  test("is YAML, and calls only scripts and templates that exist", () => {
    expect(() => parse(text(file))).not.toThrow();
    for (const command of commands(file)) {
      for (const [, script = ""] of command.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(Object.keys(packageJson.scripts)).toContain(script);
      for (const [program] of command.matchAll(/\.ci\/[\w-]+/g)) expect(existsSync(program)).toBe(true);
    }
    for (const [, template = ""] of text(file).matchAll(/template: (\S+)/g))
      expect(existsSync(join(folder, file, "..", template))).toBe(true);
  });

  test("puts no parameter and no variable into a shell command", () => {
    for (const command of commands(file)) expect(command).not.toMatch(/\$\{\{|\$\(/);
  });

  test("leaves no credentials behind", () => {
    for (const [, rest = ""] of text(file).matchAll(/checkout: self\n(.*\n)/g))
      expect(rest).toContain("persistCredentials: false");
  });
});

test("runs the same steps as GitHub's workflows", () => {
  const workflows = readdirSync(".github/workflows")
    // Labels of pull requests start a review stack; Azure Repos has no event for them.
    .filter((name) => name !== "review.yml")
    .map((name) => readFileSync(join(".github/workflows", name), "utf8"));
  const expected = steps(workflows.join("\n"));
  // `.ci/azure-devops` logs in as the service connection: its subject cannot differ from the connection's.
  for (const name of ["identity", "review-up", "review-down", "review-sweep"]) expected.delete(name);
  const generic = text("templates/stack.yml").includes('pipeline-step -- "$COMMAND"');
  const own = steps(files.map(text).join("\n"));
  if (generic) for (const name of ["preview", "drift", "promote"]) own.add(name);
  expect([...own].sort()).toEqual([...expected].sort());
});
