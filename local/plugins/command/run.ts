/** As the real provider does: shows lines as they come, keeps the output, leaves no child process behind. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { isObject, type Properties } from "../host/values";

/** Inputs of `command:local:Command` that control how the command runs; values are plain. */
export interface RunInputs {
  interpreter?: string[];
  dir?: string;
  environment?: Record<string, string>;
  stdin?: string;
  logging?: string;
  addPreviousOutputInEnv?: boolean;
}

export interface RunOptions {
  command: string;
  inputs: RunInputs;
  /** Outputs of the previous run, for PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. */
  previous: { stdout?: string; stderr?: string };
  /** The command as messages show it; a secret command is not shown. */
  shownAs: string;
  log(line: string): void;
  signal: AbortSignal;
}

const TAIL_CHARACTERS = 4_000;
const KILL_GRACE_MS = 2_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function environmentOf({ inputs, previous }: RunOptions): NodeJS.ProcessEnv {
  const keep = inputs.addPreviousOutputInEnv ?? true;
  return {
    ...process.env,
    ...inputs.environment,
    ...(keep && previous.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(keep && previous.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

/** Passes on whole lines as they come, and an unfinished one at the end. */
function lines(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = "";
  return {
    write(text) {
      const parts = (rest + text).split(/\r?\n/);
      rest = parts.pop()!;
      parts.forEach(onLine);
    },
    end() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}

function collect(stream: Readable, onText: (text: string) => void): void {
  const decoder = new StringDecoder("utf8");
  stream.on("data", (chunk: Buffer) => onText(decoder.write(chunk)));
  stream.on("end", () => onText(decoder.end()));
}

interface Finished {
  stdout: string;
  stderr: string;
  /** Both, in order of arrival. */
  both: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

function execute(options: RunOptions): Promise<Finished> {
  const { command, inputs, signal } = options;
  const shell = process.platform === "win32" ? ["cmd", "/C"] : ["/bin/sh", "-c"];
  const [program, ...args] = [...(inputs.interpreter?.length ? inputs.interpreter : shell), command];
  return new Promise((resolve, reject) => {
    // Its own process group, so that everything the command starts can be stopped.
    const child: Child = spawn(program!, args, {
      cwd: inputs.dir ?? process.cwd(),
      env: environmentOf(options),
      stdio: ["pipe", "pipe", "pipe"],
      detached: process.platform !== "win32",
    });
    const output = { stdout: "", stderr: "", both: "" };
    const shown = { stdout: lines(options.log), stderr: lines(options.log) };
    const mode = inputs.logging ?? "stdoutAndStderr";
    for (const name of ["stdout", "stderr"] as const) {
      const logged = mode === name || mode === "stdoutAndStderr";
      collect(child[name], (text) => {
        output[name] += text;
        output.both += text;
        if (logged) shown[name].write(text);
      });
    }
    let killer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      signalGroup(child, "SIGTERM");
      killer = setTimeout(() => signalGroup(child, "SIGKILL"), KILL_GRACE_MS);
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const done = (): void => {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
    };
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, by) => {
      done();
      shown.stdout.end();
      shown.stderr.end();
      resolve({ ...output, code, signal: by });
    });
    // A command that reads no input may have ended before its input is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(inputs.stdin ?? "");
  });
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

/** `stdout` and `stderr`, each without one trailing newline. @throws if it failed or was stopped */
export async function runCommand(options: RunOptions): Promise<Properties> {
  const { inputs, shownAs, signal } = options;
  let finished: Finished;
  try {
    finished = await execute(options);
  } catch (error) {
    const where = inputs.dir === undefined ? "" : ` in ${inputs.dir}`;
    throw new Error(`${(error as Error).message}: running ${shownAs}${where}`, { cause: error });
  }
  if (finished.code !== 0) {
    const status = finished.signal ? `signal: ${finished.signal}` : `exit status ${finished.code}`;
    const { both } = finished;
    const tail = both.length > TAIL_CHARACTERS ? `…${both.slice(-TAIL_CHARACTERS)}` : both;
    throw new Error(`${signal.aborted ? "cancelled, " : ""}${status}: running ${shownAs}:\n${tail}`);
  }
  return {
    stdout: withoutLastNewline(finished.stdout),
    stderr: withoutLastNewline(finished.stderr),
  };
}

export function runInputs(properties: Properties): RunInputs {
  const names = ["interpreter", "dir", "environment", "stdin", "logging", "addPreviousOutputInEnv"];
  const entries = names.map((name) => [name, properties[name]] as const);
  const inputs = Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
  if (isObject(inputs["environment"])) {
    const environment = Object.entries(inputs["environment"]).map(([name, value]) => [name, String(value)]);
    inputs["environment"] = Object.fromEntries(environment) as Properties;
  }
  return inputs as RunInputs;
}
