import { spawn } from "node:child_process";
import * as path from "node:path";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { importCycles } from "./lib/importCycles";
import { projectRoot } from "./lib/localStack";
import { brokenReferences } from "./lib/references";
import { lintWorkflows } from "./lib/workflowLinters";

/** A check of the code: its name, and the program that performs it. */
interface Check {
  name: string;
  script: string;
  argv: string[];
}

/** Program of a package, by its path in the package: packages do not export their programs by name. */
const program = (name: string, file: string): string =>
  path.join(path.dirname(require.resolve(`${name}/package.json`)), file);

/** Each check stores there what it found good, and looks only at what has changed since. */
const cache = (name: string): string[] => ["--cache", "--cache-location", path.join("dist", `.${name}`)];

/**
 * `npm run check`: types, lint, format, references, import cycles, and the workflows where actionlint and zizmor are installed. The first
 * three run side by side, since each keeps one processor busy. The output of a check is printed when it ends. Exit code 1 if one of
 * them finds something.
 */
async function main(): Promise<number> {
  const command = createCommand(
    "npm run check --",
    "Checks types, lint, format, references to files, import cycles, and workflows.",
  )
    .option("--require-linters", "fail if actionlint or zizmor is not installed")
    .parse();
  const { requireLinters = false } = command.opts<{ requireLinters?: boolean }>();
  const checks: Check[] = [
    {
      name: "types",
      script: program("typescript", "bin/tsc"),
      argv: ["--build", "tsconfig.json", "operations/studio/page"],
    },
    {
      name: "lint",
      script: program("eslint", "bin/eslint.js"),
      argv: [".", ...cache("eslint"), "--cache-strategy", "content"],
    },
    {
      name: "format",
      script: program("prettier", "bin/prettier.cjs"),
      argv: ["--check", ".", ...cache("prettier"), "--cache-strategy", "content"],
    },
  ];
  const codes = checks.map(perform);
  const findings = { references: brokenReferences(projectRoot), cycles: importCycles(projectRoot) };
  for (const [name, lines] of Object.entries(findings)) {
    report(name, lines.length === 0, lines.map((line) => `${line}\n`).join(""));
  }
  const linters = lintWorkflows(projectRoot);
  for (const { name, result, output } of linters) {
    if (result === "absent" && !requireLinters) process.stdout.write(`${name}: skipped, not on PATH\n`);
    else report(name, result === "passed", output || "not on PATH: `.ci/linters <directory>` installs it\n");
  }
  const missed = linters.some(({ result }) => result === "failed" || (requireLinters && result === "absent"));
  const found = missed || Object.values(findings).some((lines) => lines.length > 0);
  return (await Promise.all(codes)).every((code) => code === 0) && !found ? 0 : 1;
}

function perform({ name, script, argv }: Check): Promise<number> {
  const child = spawn(process.execPath, [script, ...argv], { cwd: projectRoot, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece: Buffer) => (output += piece.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      report(name, code === 0, output);
      resolve(code ?? 1);
    });
  });
}

function report(name: string, passed: boolean, output: string): void {
  process.stdout.write(passed ? `${name}: ok\n` : `${name}: FAILED\n${output}`);
}

runMain(main);
