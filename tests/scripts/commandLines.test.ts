import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "command-lines-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Result {
  code: number;
  text: string;
}

function run(script: string, ...argv: string[]): Promise<Result> {
  const env = { ...process.env, AZUREML_LOCAL_HOME: join(home, "local") };
  return new Promise((resolve) => {
    const file = join(root, "dist", "scripts", `${script}.js`);
    const child = execFile(
      process.execPath,
      [file, ...argv],
      { cwd: root, env },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, text: stdout + stderr });
      },
    );
  });
}

/** The scripts that `npm run` starts, without those of other tools. */
const { scripts: commands } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const scripts = [
  ...new Set(
    Object.values(commands).flatMap((command) => /dist\/scripts\/(\S+)\.js/.exec(command)?.[1] ?? []),
  ),
];

test("every script prints help for --help and starts nothing", async () => {
  for (const { code, text } of await Promise.all(scripts.map((script) => run(script, "--help")))) {
    expect(text).toMatch(/^Usage: npm (run|start|test)\b/);
    expect(code).toBe(0);
  }
  expect(readdirSync(home)).toEqual([]);
});

test("the cloud's own process does the same", async () => {
  const cloud = "../local/cloud/main";
  expect(await run(cloud, "--help")).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^Usage: .*--speed/s),
  });
  expect(await run(cloud, "--bogus")).toMatchObject({
    code: 1,
    text: expect.stringMatching(/^START FAILED BadOption: Unknown option '--bogus'.*See --help\.\n$/),
  });
  expect(readdirSync(home)).toEqual([]);
});

test("every script refuses an unknown option and starts nothing", async () => {
  for (const { code, text } of await Promise.all(scripts.map((script) => run(script, "--bogus")))) {
    expect(text).toMatch(/^error: unknown option ['"]--bogus['"]/);
    expect(code).toBe(2);
  }
  expect(readdirSync(home)).toEqual([]);
});

test.each([
  ["a stack for npm start", "start", ["--stack", "dev"], /unknown option '--stack'/],
  ["a mistyped command", "local", ["statu"], /unknown command 'statu'\n\(Did you mean status\?\)/],
  ["a stack without a file", "stacks", ["dve"], /no file Pulumi\.dve\.yaml\. Stacks with a file: local,/],
  ["the start of a cloud with an option", "local", ["start", "--fast"], /unknown option '--fast'/],
  ["a surplus argument", "local", ["stop", "now"], /too many arguments/],
  ["a word for a number", "ask", ["--max-new-tokens", "many", "Hello?"], /Expected a whole number/],
  ["an area without tests", "test", ["nonsense"], /no test below tests\/ has "nonsense" in its path/],
])("refuses %s", async (_what, script, argv, message) => {
  const { code, text } = await run(script, ...argv);
  expect(text).toMatch(message);
  expect(code).toBeGreaterThan(0);
});
