import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

describe("npm run engine starts no cloud for", () => {
  const home = mkdtempSync(join(tmpdir(), "stack-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test.each([
    ["a mistyped option", ["up", "--yess"], 2, /Did you mean --yes\?/],
    ["a mistyped command", ["confgi"], 2, /Did you mean config\?/],
    ["an unknown stack", ["preview", "--stack", "lokal"], 6, /no stack named 'lokal'.*dev, local,.* prod/],
    ["help", ["up", "--help"], 0, /--skip-preview/],
    ["the list of stacks", ["stack", "ls"], 0, /^dev\nlocal\n(.+\n)*prod$/m],
    ["the outputs", ["outputs"], 0, /Current stack outputs \(0\)/],
    ["the configuration", ["config", "get", "--path", "dataset.splitPercent"], 0, /^\d+$/m],
  ])("%s", (_what, argv, code, message) => {
    const env = { ...process.env, AZUREML_LOCAL_HOME: join(home, "local") };
    const done = spawnSync(process.execPath, [join(root, "dist/scripts/stack.js"), ...argv], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    expect(done.stdout + done.stderr).toMatch(message);
    expect(done.status).toBe(code);
    expect(existsSync(join(home, "local", "cloud", "tls"))).toBe(false);
  });
});
