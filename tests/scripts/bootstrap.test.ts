import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { emptyState, type FakeState, isWrite } from "../operations/bootstrap/support";

const project = resolve(__dirname, "../..");

describe("npm run bootstrap with az, gh and pulumi on PATH", () => {
  const root = mkdtempSync(join(tmpdir(), "bootstrap-"));
  const file = join(root, "state.json");
  const state = (): FakeState => JSON.parse(readFileSync(file, "utf8")) as FakeState;

  beforeAll(() => {
    for (const name of ["Pulumi.yaml", "Pulumi.dev.yaml"])
      copyFileSync(join(project, name), join(root, name));
    for (const name of ["az", "gh", "pulumi"]) {
      const program = join(root, name);
      copyFileSync(join(project, "tests/operations/bootstrap/fakeCli.js"), program);
      chmodSync(program, 0o755);
    }
    for (const name of ["package.json", "dist"]) symlinkSync(join(project, name), join(root, name));
    writeFileSync(file, JSON.stringify(emptyState()));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const run = (...argv: string[]) => {
    const script = join(project, "dist/scripts/bootstrap.js");
    const env = { ...process.env, FAKE_STATE: file, PATH: [root, process.env.PATH].join(delimiter) };
    const words = [script, "--environment", "dev", ...argv];
    const done = spawnSync(process.execPath, words, { cwd: root, env, encoding: "utf8" });
    return { code: done.status, text: done.stdout + done.stderr };
  };

  /** Steps of the printed plan that are in a state. */
  const count = (text: string, status: string) =>
    text.split("\n").filter((line) => line.startsWith(`  ${status} `)).length;

  test("prints a plan and commands, and changes nothing", () => {
    const { code, text } = run("--repository", "contoso/finetune");
    expect(code).toBe(0);
    expect(text).toMatch(/^ {2}missing {2}storage account st\w+$/m);
    expect(text).toContain(`\n${count(text, "exists")} exist, ${count(text, "missing")} missing.\n`);
    expect(text).toMatch(/^az storage account create \\\n {2}--name st\w+ \\$/m);
    expect(state().log.filter(isWrite)).toEqual([]);
  });

  test("needs an answer before it creates anything", () => {
    const { code, text } = run("--apply");
    expect([code, text]).toEqual([1, expect.stringContaining("--apply needs --yes")]);
    expect(state().log.filter(isWrite)).toEqual([]);
  });

  test("creates everything once, and then has nothing to do", () => {
    const first = run("--apply", "--yes");
    const created = `${count(first.text, "missing")} created or corrected.`;
    expect([first.code, first.text]).toEqual([0, expect.stringContaining(created)]);
    expect(first.text).toMatch(/git add Pulumi\.dev\.yaml .*commit them/);
    expect(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")).toContain("encryptedkey: ");
    writeFileSync(file, JSON.stringify({ ...state(), log: [] }));
    const second = run("--apply", "--yes");
    expect([second.code, second.text]).toEqual([0, expect.stringContaining("Nothing to do.")]);
    expect(state().log.filter(isWrite)).toEqual([]);
    expect(run("--check", "--repository", "contoso/finetune").code).toBe(1);
  });

  test.each([
    ["an unknown environment", ["--environment", "qa"], /--environment qa: there is no Pulumi\.qa\.yaml/],
    [
      "a repository that is an address",
      ["--repository", "https://github.com/a/b"],
      /--repository: .*<owner>\/<name>/,
    ],
    ["an incomplete Azure DevOps place", ["--azure-devops", "https://dev.azure.com/c"], /belong together/],
    ["a scope that is a name", ["--scope", "rg-team"], /--scope: rg-team; allowed: an ARM id/],
  ])("refuses %s", (_, argv, message) => {
    const { code, text } = run(...argv);
    expect([code, text]).toEqual([1, expect.stringMatching(message)]);
  });
});
