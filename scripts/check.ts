import { spawn } from "node:child_process";
import * as path from "node:path";
import { projectRoot } from "./lib/localStack";
import { runMain } from "./lib/failure";

/** A check of the code: its name, and the program that makes it. */
interface Check {
  name: string;
  script: string;
  argv: string[];
}

/** Program of a package, by its path in there (packages do not export their programs by name). */
const program = (name: string, file: string): string =>
  path.join(path.dirname(require.resolve(`${name}/package.json`)), file);

/**
 * `npm run check`: types of program and tests, lint, format; side by side, since each keeps one processor busy. What a check has to say is printed when
 * it ends, so that they do not mix. Exit code 1 if one of them finds something.
 */
async function main(): Promise<number> {
  const checks: Check[] = [
    { name: "types", script: program("typescript", "bin/tsc"), argv: ["-p", "tsconfig.json", "--noEmit"] },
    { name: "lint", script: program("eslint", "bin/eslint.js"), argv: ["."] },
    { name: "format", script: program("prettier", "bin/prettier.cjs"), argv: ["--check", "."] },
  ];
  const codes = await Promise.all(checks.map(perform));
  return codes.every((code) => code === 0) ? 0 : 1;
}

function perform({ name, script, argv }: Check): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [script, ...argv], { cwd: projectRoot, stdio: "pipe" });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece: Buffer) => (said += piece.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      process.stdout.write(`${name}: ${code === 0 ? "good" : "not good"} (${seconds} s)\n`);
      if (code !== 0) process.stdout.write(said);
      resolve(code ?? 1);
    });
  });
}

runMain(main);
