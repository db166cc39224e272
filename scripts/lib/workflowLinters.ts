import { spawnSync } from "node:child_process";

/** What checks the files in .github, with its arguments. */
const linters: readonly (readonly [string, ...string[]])[] = [
  ["actionlint"],
  // Offline: without questions to GitHub the result depends on the files alone.
  ["zizmor", "--offline", "--no-progress", ".github"],
];

export interface Linted {
  name: string;
  result: "passed" | "failed" | "absent";
  output: string;
}

/** Runs actionlint and zizmor on the workflows, where they are on PATH (`.ci/linters` installs both). */
export function lintWorkflows(root: string, env: NodeJS.ProcessEnv = process.env): Linted[] {
  return linters.map(([name, ...argv]) => {
    const { status, error, stdout, stderr } = spawnSync(name, argv, { cwd: root, env, encoding: "utf8" });
    if (error) return { name, result: "absent", output: "" };
    return { name, result: status === 0 ? "passed" : "failed", output: `${stdout}${stderr}` };
  });
}
