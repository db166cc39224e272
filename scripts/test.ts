import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import * as path from "node:path";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { projectRoot } from "./lib/localStack";

interface TestOptions {
  long?: boolean;
  name?: string;
}

const examples = `
Examples:
  npm test                                 the check and every test but the long ones
  npm test -- engine                       the tests below tests/local/engine
  npm test -- azureml/names dataset        two areas
  npm test -- engine --name "pending"      those whose name contains a text
  npm run test:long                        the long sweeps: crash points, random programs`;

/** `npm test` and `npm run test:long`: all tests, or those of the named areas. */
async function main(): Promise<number> {
  const command = createCommand("npm test --", "Runs the tests.")
    .argument("[areas...]", "any part of a path below tests/; an area run skips `npm run check`")
    .option("-n, --name <pattern>", "only tests whose name matches this regular expression")
    .option("--long", "the long tests (*.long.test.ts) instead of the others")
    .addHelpText("after", examples)
    .parse();
  const { long = false, name } = command.opts<TestOptions>();
  const areas = command.args;
  const files = testFiles(long);
  const unknown = areas.find((area) => !files.some((file) => file.includes(area)));
  if (unknown !== undefined) {
    throw new Error(`no ${long ? "long " : ""}test below tests/ has "${unknown}" in its path`);
  }
  if (!long && areas.length === 0 && name === undefined) {
    const code = runNode(path.join(__dirname, "check.js"));
    if (code !== 0) return code;
  }
  const config = path.join(projectRoot, long ? "jest.long.config.js" : "jest.config.js");
  const jest = path.join(path.dirname(require.resolve("jest/package.json")), "bin", "jest.js");
  const names = name === undefined ? [] : ["--testNamePattern", name];
  return runNode(jest, "--config", config, ...names, ...areas.map(pathPattern));
}

/** Paths of the long or of all other test files below tests/, with `/` as the separator. */
function testFiles(long: boolean): string[] {
  return readdirSync(path.join(projectRoot, "tests"), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".test.ts") && file.endsWith(".long.test.ts") === long);
}

/** Jest matches a pattern against the whole path, so a folder above the project must not count. */
function pathPattern(area: string): string {
  const literal = area.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `/tests/.*${literal}`;
}

function runNode(script: string, ...argv: string[]): number {
  return spawnSync(process.execPath, [script, ...argv], { cwd: projectRoot, stdio: "inherit" }).status ?? 1;
}

runMain(main);
