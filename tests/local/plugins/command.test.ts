import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containsSecret, plain, secret, UNKNOWN, type Properties } from "../../../local/plugins/host/values";
import { initFailure, startEngine, startPlugin, urn, type Engine, type Plugin } from "./support/plugin";

const command = urn("command:local:Command", "prepare");
const { ADD_REPLACE, UPDATE, UPDATE_REPLACE } = { ADD_REPLACE: 1, UPDATE: 4, UPDATE_REPLACE: 5 };

/** Resolves once the file exists and has content. */
async function written(file: string): Promise<string> {
  while (!existsSync(file) || readFileSync(file, "utf8") === "")
    await new Promise((ok) => setTimeout(ok, 20));
  return readFileSync(file, "utf8");
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("the command plugin", () => {
  let engine: Engine;
  let plugin: Plugin;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "command-plugin-"));
    engine = await startEngine();
    plugin = await startPlugin("command", engine, { FROM_OUTSIDE: "outside" });
    await plugin.configure();
  });
  afterAll(async () => {
    await plugin.stop();
    engine.close();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    engine.lines.length = 0;
  });

  it("accepts secrets, in Handshake and in Configure", async () => {
    expect(await plugin.handshake()).toEqual({ acceptSecrets: true });
    expect(await plugin.configure()).toEqual({ acceptSecrets: true, preview: true });
  });

  it("fills in its default and reports every wrong input", async () => {
    const good = await plugin.check(command, { create: "true" });
    expect(good).toEqual({ inputs: { create: "true", addPreviousOutputInEnv: true }, reasons: [] });
    const bad = await plugin.check(command, {
      creat: "x",
      create: 5,
      logging: "loud",
      environment: { A: 1 },
    });
    expect(bad.reasons).toEqual([
      expect.stringContaining("unknown property 'creat'"),
      "'create' must be a string",
      "'environment' must be a map of strings",
      "'logging' is 'loud'; allowed: stdout, stderr, stdoutAndStderr, none",
    ]);
  });

  it("runs create in its directory and environment with its input, and returns both outputs", async () => {
    const { id, outputs } = await plugin.create(command, {
      create: 'read line; echo "$line $INSIDE $FROM_OUTSIDE"; pwd >&2',
      stdin: "hello\n",
      dir: directory,
      environment: { INSIDE: "inside" },
    });
    expect(id).toMatch(/^prepare[0-9a-f]{8}$/);
    expect(outputs).toMatchObject({ stdout: "hello inside outside", stderr: directory, dir: directory });
  });

  it("shows output lines as they come, as progress of the resource", async () => {
    const flag = join(directory, "go");
    const created = plugin.create(command, {
      create: `echo first; while [ ! -e ${flag} ]; do sleep 0.02; done; printf last`,
    });
    while (engine.lines.length === 0) await new Promise((ok) => setTimeout(ok, 10));
    expect(engine.lines).toEqual([{ message: "first", urn: command, ephemeral: true }]);
    writeFileSync(flag, "");
    await created;
    expect(engine.lines.map(({ message }) => message)).toEqual(["first", "last"]);
  });

  it("logs only the streams that `logging` selects", async () => {
    const create = "echo out; echo err >&2";
    for (const logging of ["stdout", "stderr", "none"]) await plugin.create(command, { create, logging });
    expect(engine.lines.map(({ message }) => message)).toEqual(["out", "err"]);
  });

  it("uses another interpreter", async () => {
    const interpreter = [process.execPath, "-e"];
    const { outputs } = await plugin.create(command, { create: "console.log(6*7)", interpreter });
    expect(outputs["stdout"]).toBe("42");
  });

  it("runs nothing in a preview and returns unknown outputs", async () => {
    const file = join(directory, "touched");
    const { outputs } = await plugin.create(command, { create: `touch ${file}` }, { preview: true });
    expect(outputs).toMatchObject({ stdout: UNKNOWN, stderr: UNKNOWN });
    expect(existsSync(file)).toBe(false);
  });

  it("fails with exit status, command and output, and records nothing", async () => {
    const failure = await plugin.create(command, { create: "echo before; echo why >&2; exit 3" }).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure?.message).toContain('exit status 3: running "echo before; echo why >&2; exit 3":\n');
    expect(failure?.message).toMatch(/before[\s\S]*why|why[\s\S]*before/);
    expect(initFailure(failure)).toBeUndefined();
    await expect(plugin.create(command, { create: "true", dir: join(directory, "none") })).rejects.toThrow(
      "none",
    );
    await expect(plugin.create(command, { create: "x", interpreter: ["no-such-program"] })).rejects.toThrow(
      "no-such-program",
    );
  });

  it("quotes only the end of a long output", async () => {
    const create = "i=0; while [ $i -lt 2000 ]; do echo line-$i; i=$((i+1)); done; exit 1";
    const failure = (await plugin
      .create(command, { create, logging: "none" })
      .catch((e: unknown) => e)) as Error;
    expect(failure.message).toContain("line-1999");
    expect(failure.message).not.toContain("line-100\n");
  });

  it("replaces on a change of triggers and updates on any other change", async () => {
    const olds = { create: "a", environment: { A: "1" }, triggers: [1, { x: "y" }] };
    expect(await plugin.diff(command, olds, { ...olds })).toMatchObject({ changes: 1, detailed: {} });
    expect(await plugin.diff(command, olds, { ...olds, create: "b", environment: { A: "2" } })).toEqual({
      changes: 2,
      replaces: [],
      deleteBeforeReplace: false,
      detailed: { create: UPDATE, "environment.A": UPDATE },
    });
    const triggered = await plugin.diff(command, olds, { ...olds, triggers: [2, { x: "z" }, 3] });
    expect(triggered.detailed).toEqual({
      "triggers[0]": UPDATE_REPLACE,
      "triggers[1].x": UPDATE_REPLACE,
      "triggers[2]": ADD_REPLACE,
    });
    expect(triggered).toMatchObject({
      replaces: Object.keys(triggered.detailed),
      deleteBeforeReplace: false,
    });
  });

  it("updates with update, else with create, and passes on the previous output", async () => {
    const show = 'echo "was $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR"';
    const olds = { stdout: "one", stderr: "two" };
    const inputs: Properties = { create: "echo created", update: show };
    expect(await plugin.update(command, "id", inputs, inputs, olds)).toMatchObject({
      stdout: "was one two",
      stderr: "",
    });
    expect(await plugin.update(command, "id", inputs, { create: "echo created" }, olds)).toMatchObject({
      stdout: "created",
    });
    const apart = { ...inputs, addPreviousOutputInEnv: false };
    expect(await plugin.update(command, "id", inputs, apart, olds)).toMatchObject({ stdout: "was  " });
    expect(await plugin.update(command, "id", inputs, { dir: directory }, olds)).toEqual({
      dir: directory,
      ...olds,
    });
  });

  it("runs delete with the last output, or nothing if there is no delete command", async () => {
    const file = join(directory, "deleted");
    const outputs = { delete: `printf "$PULUMI_COMMAND_STDOUT" > ${file}`, stdout: "made" };
    await plugin.delete(command, "id", {}, outputs);
    expect(readFileSync(file, "utf8")).toBe("made");
    await plugin.delete(command, "id", {}, { create: "x" });
    await expect(plugin.delete(command, "id", {}, { delete: "exit 9" })).rejects.toThrow("exit status 9");
  });

  it("reads back the state", async () => {
    expect(await plugin.read(command, "id", { create: "x" }, { stdout: "y" })).toEqual({
      id: "id",
      inputs: { create: "x" },
      outputs: { stdout: "y" },
    });
    await expect(plugin.read(command, "id")).rejects.toThrow("cannot be imported");
  });

  it("marks results as secret if an input is, and does not quote a secret command", async () => {
    const environment = { PASSWORD: secret("hunter2") };
    const { outputs } = await plugin.create(command, {
      create: "echo $PASSWORD",
      environment,
      logging: "none",
    });
    expect(containsSecret(outputs["stdout"]!)).toBe(true);
    expect(plain(outputs["stdout"]!)).toBe("hunter2");
    expect(outputs["environment"]).toEqual(environment);
    const failure = plugin.create(command, { create: secret("exit 4 # hunter2") });
    await expect(failure).rejects.toThrow("exit status 4: running [secret]:");
  });

  it("refuses other types, functions and file outputs by name and points to the real plugin", async () => {
    const advice = /Use the real plugin: run 'pulumi plugin install resource command \d+\.\d+\.\d+'/;
    const remote = plugin.check(urn("command:remote:Command", "r"), {});
    await expect(remote).rejects.toThrow(
      "Resource type command:remote:Command is not supported by the local stand-in for command",
    );
    await expect(remote).rejects.toThrow(advice);
    await expect(plugin.invoke("command:local:run", {})).rejects.toThrow(advice);
    const { reasons } = await plugin.check(command, { create: "true", assetPaths: ["*"] });
    expect(reasons).toEqual([expect.stringContaining("property 'assetPaths' is not supported")]);
    expect(reasons).toEqual([expect.stringMatching(advice)]);
  });

  it.each(["Cancel", "SIGINT", "SIGTERM"])(
    "stops the command and everything it started on %s",
    async (how) => {
      const other = await startPlugin("command", engine);
      await other.configure();
      const file = join(directory, `pid-${how}`);
      const failed = other
        .create(command, { create: `sleep 60 & echo $! > ${file}; wait` })
        .catch((e: unknown) => e as Error);
      const pid = Number(await written(file));
      expect(alive(pid)).toBe(true);
      if (how === "Cancel") await other.cancel();
      else other.process.kill(how as NodeJS.Signals);
      expect(((await failed) as Error).message).toContain("cancelled");
      while (alive(pid)) await new Promise((ok) => setTimeout(ok, 20));
      await other.stop();
    },
  );
});
