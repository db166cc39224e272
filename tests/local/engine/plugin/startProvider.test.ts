import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../../../local/engine/errors";
import { startChildren } from "../../../../local/engine/plugin/processes";
import { startProvider } from "../../../../local/engine/plugin/providerProcess";
import type { Project } from "../../../../local/engine/project/project";

describe("reports a plugin that cannot be used with the attempts, its output and what to do", () => {
  const root = mkdtempSync(join(tmpdir(), "plugins-"));
  const bin = join(root, "bin");
  const children = startChildren();
  mkdirSync(bin);
  afterAll(() => {
    children.killAll();
    rmSync(root, { recursive: true, force: true });
  });

  const start = async (env: NodeJS.ProcessEnv = {}, startTimeout = 60_000): Promise<EngineError> => {
    const project = {
      ...{ name: "bad", root, programDirectory: root, entry: ".", runtimeOptions: {}, config: {} },
      ...{ pluginPaths: {}, backendUrl: undefined, stackConfigDirectory: root, alwaysRefresh: false },
    } as Project;
    const host = {
      ...{ project, config: new Map(), children, emit: () => undefined, address: "127.0.0.1:1" },
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, PULUMI_HOME: join(root, "home"), ...env },
      startTimeout,
    };
    return startProvider(host, "bad", "1.2.3").then(
      () => new EngineError("usage", "it was started"),
      (error: EngineError) => error,
    );
  };
  const script = (text: string): void => {
    const path = join(bin, "pulumi-resource-bad");
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  const listening = `#!${process.execPath}
    const server = require("net").createServer(() => undefined).listen(0, "127.0.0.1", () => {
      console.error("warming up");
      console.log(server.address().port);
    });`;

  test.each<[string, string, RegExp, number?]>([
    ["silent", "#!/bin/sh\nsleep 60", /printed no port within 0\.4 s/, 400],
    [
      "dead before it printed anything",
      "#!/bin/sh\necho no licence >&2\nexit 3",
      /ended with exit code 3 before it printed its port.*\n {2}no licence$/s,
    ],
    ["killed", "#!/bin/sh\nkill -9 $$", /ended by SIGKILL before it printed its port/],
    [
      "babbling",
      "#!/bin/sh\necho hello there\nsleep 60",
      /printed "hello there" where its port was expected/,
    ],
    [
      "printing a port that does not exist",
      "#!/bin/sh\necho 70000\nsleep 60",
      /printed "70000" where its port/,
    ],
    [
      "dead after printing its port",
      "#!/bin/sh\necho 9\nexit 4",
      /does not answer on port 9.*: ended with exit code 4/,
    ],
    ["deaf", listening, /does not answer on port \d+ \(waited up to 4 s\)/, 4000],
    [
      "no program",
      "\u0000\u0001 neither a script nor a binary",
      /could not be started: .*ENOEXEC|ended with exit code/,
    ],
  ])("%s", async (_what, text, message, timeout = 60_000) => {
    script(text);
    const error = await start({}, timeout);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "plugin", exitCode: 1 });
    expect(error.message).toContain(
      `plugin of package "bad" (version 1.2.3), started as \`${bin}/pulumi-resource-bad\``,
    );
    expect(error.message).toContain("Start it by hand to see why, or install it again.");
    expect(error.message).not.toMatch(/^ +at /m);
  });

  test("no provider listens on the port of PULUMI_DEBUG_PROVIDERS", async () => {
    const error = await start({ PULUMI_DEBUG_PROVIDERS: "other:1,bad:9" }, 400);
    expect(error.message).toMatch(
      /"bad", which PULUMI_DEBUG_PROVIDERS says to use, does not answer on port 9.*Start it first/,
    );
    expect((await start({ PULUMI_DEBUG_PROVIDERS: "bad:nine" })).message).toMatch(
      /gives "nine" as the port of "bad"/,
    );
  });

  test("leaves none of them running", async () => {
    const sleeping = `sleep 61.${process.pid}`;
    script(`#!/bin/sh\n${sleeping} &\nwait`);
    await start({}, 400);
    await children.close();
    const lines = execFileSync("ps", ["-eo", "args="], { encoding: "utf8" }).split("\n");
    expect(lines.filter((line) => line.includes(root) || line === sleeping)).toEqual([]);
  });
});
