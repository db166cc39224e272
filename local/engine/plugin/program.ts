import type { Emit } from "../display/events";
import type { Config } from "../project/config";
import type { Project } from "../project/project";
import { organization } from "../state/backend";
import { resolveSdk } from "./plugins";
import type { Children } from "./processes";

/** The exit code by which the program runner says that it has already told the user what is wrong. */
const alreadyReported = 32;

/**
 * Loaded into the program's process before Pulumi's runner.
 * - The runner prints every uncaught error with `util.inspect(error, { colors: true })`, and on Node 20 that never
 *   returns when a stack frame names a file directly under `node_modules/@scope/`, as the source maps of @pulumi/pulumi
 *   make it do: the program would hang instead of failing. Without colours the faulty code is not reached.
 * - The SDK sends debugging messages one after the other, which this engine drops, and notes the mapped stack of every
 *   promise, which only PULUMI_DEBUG_PROMISE_LEAKS shows: two thirds of its time with many resources. An SDK of another
 *   make is left as it is.
 */
const preload = (runner: string): string => `
  import { createRequire } from "node:module";
  import util from "node:util";
  const { inspect } = util;
  const plain = (value, options, ...rest) =>
    inspect(value, typeof options === "object" && options !== null ? { ...options, colors: false } : options, ...rest);
  util.inspect = Object.assign(plain, inspect);
  try {
    const load = createRequire(${JSON.stringify(runner)});
    load("../../log").debug = async () => undefined;
    const promises = load("../../runtime/debuggable");
    const { debuggablePromise } = promises;
    if (!promises.debugPromiseLeaks) promises.debuggablePromise = (...given) => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 0;
      try { return debuggablePromise(...given); } finally { Error.stackTraceLimit = limit; }
    };
  } catch {}`;

/** How long a program may take to end after it was asked to, in milliseconds. */
const stopTimeout = 5000;

export type ProgramRun = {
  /** Settles with true if the program ended well. */
  ended: Promise<boolean>;
  /** Asks the program to end; kills it if it has not within five seconds. */
  stop(): void;
};

/** What a program is started with. */
export type ProgramHost = {
  project: Project;
  stack: string;
  config: Config;
  env: NodeJS.ProcessEnv;
  dryRun: boolean;
  parallel: number;
  emit: Emit;
  /** Set as soon as the run stops: an exit code other than 0 is no news then. */
  stopping: string | undefined;
};

/** Starts a program that registers its resources at `address`, where the resource monitor listens. */
export type StartProgram = (host: ProgramHost, children: Children, address: string) => ProgramRun;

/** Starts the program with Pulumi's own runner; its output becomes output events of the run. */
export const startProgram: StartProgram = (host, children, address) => {
  const { project } = host;
  const flags = {
    monitor: address,
    engine: address,
    organization,
    project: project.name,
    "root-directory": project.root,
    stack: host.stack,
    pwd: project.programDirectory,
    parallel: String(host.parallel),
  };
  const runner = resolveSdk(project, "cmd/run");
  const child = children.start(
    process.execPath,
    [
      ...splitArguments(project.runtimeOptions.nodeargs),
      // In one word: Pulumi's runner takes the two words `--import x` for a loader of the user's own.
      `--import=data:text/javascript,${encodeURIComponent(preload(runner))}`,
      runner,
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      ...(host.dryRun ? ["--dry-run"] : []),
      project.entry,
    ],
    {
      cwd: project.programDirectory,
      env: { ...host.env, ...configEnvironment(host.config), ...languageEnvironment(project) },
      onLine: (line, error) => host.emit({ kind: "output", line, from: "program", error }),
    },
  );
  let timer: NodeJS.Timeout | undefined;
  let gone = false;
  const ended = child.ended.then(({ code, how }) => {
    gone = true;
    clearTimeout(timer);
    if (code !== 0 && code !== alreadyReported && !host.stopping) {
      const message = `Program ${code === null ? how : `exited with non-zero exit code: ${code}`}`;
      host.emit({ kind: "diagnostic", severity: "error", message });
    }
    return code === 0;
  });
  return {
    ended,
    stop() {
      if (gone) return;
      child.signal("SIGINT");
      timer ??= setTimeout(() => child.signal("SIGKILL"), stopTimeout);
    },
  };
};

/** The words of a command line, as a shell would split them; quotes keep spaces. */
function splitArguments(text: unknown): string[] {
  const words = typeof text === "string" ? text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) : null;
  return (words ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function languageEnvironment({ runtimeOptions }: Project): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = runtimeOptions;
  return {
    ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(typeof tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
  };
}

/** The configuration as programs read it: old-style keys, every value a text, secrets in plain text with a list of keys. */
function configEnvironment(config: Config): NodeJS.ProcessEnv {
  const values = [...config].map(([key, { text }]) => [key.replace(":", ":config:"), text]);
  const secrets = [...config].filter(([, value]) => value.secret).map(([key]) => key);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secrets),
  };
}
