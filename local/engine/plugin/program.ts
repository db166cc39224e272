import type { Config } from "../project/config";
import type { Deployment } from "../deploy/deployment";
import { organization } from "../state/backend";
import { resolveSdk } from "./plugins";
import { exitOf, killGroup, onLines, type Children } from "./processes";

/** The exit code by which the program runner says that it has already told the user what is wrong. */
const alreadyReported = 32;

/**
 * Loaded into the program's process before Pulumi's runner. The runner prints every uncaught error with
 * `util.inspect(error, { colors: true })`, and on Node 20 that never returns when a stack frame names a file directly
 * under `node_modules/@scope/`, as the source maps of @pulumi/pulumi make it do: the program would hang instead of
 * failing. Without colours the faulty code is not reached (and messages stay free of escape sequences).
 */
const withoutColours = `
  import util from "node:util";
  const { inspect } = util;
  const plain = (value, options, ...rest) =>
    inspect(value, typeof options === "object" && options !== null ? { ...options, colors: false } : options, ...rest);
  util.inspect = Object.assign(plain, inspect);`;

export type ProgramRun = {
  /** Settles with true if the program ended well. */
  ended: Promise<boolean>;
  /** Asks the program to end; kills it if it has not within five seconds. */
  stop(): void;
};

/** Starts the program with Pulumi's own runner; its output becomes output events of the run. */
export function startProgram(
  d: Deployment,
  children: Children,
  env: NodeJS.ProcessEnv,
  address: string,
): ProgramRun {
  const { project } = d;
  const options = project.runtimeOptions;
  const flags = [
    ...["--monitor", address, "--engine", address, "--organization", organization],
    ...[
      "--project",
      project.name,
      "--root-directory",
      project.root,
      "--stack",
      d.stack,
      "--pwd",
      project.programDirectory,
    ],
    ...["--parallel", String(d.parallel), ...(d.dryRun ? ["--dry-run"] : [])],
  ];
  const nodeArguments =
    typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [];
  const child = children.start(
    process.execPath,
    [
      ...nodeArguments,
      `--import=data:text/javascript,${encodeURIComponent(withoutColours)}`,
      resolveSdk(project, "cmd/run"),
      ...flags,
      project.entry,
    ],
    {
      cwd: project.programDirectory,
      env: {
        ...env,
        ...configEnvironment(d.config),
        ...(options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
        ...(typeof options.tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
      },
    },
  );
  onLines(child, (line, error) => d.emit({ kind: "output", line, from: "program", error }));
  let timer: NodeJS.Timeout | undefined;
  let gone = false;
  const ended = exitOf(child).then(({ code, signal }) => {
    gone = true;
    clearTimeout(timer);
    if (code === 0) return true;
    if (code !== alreadyReported && !d.stopping) {
      const how = signal ? `was ended by ${signal}` : `exited with non-zero exit code: ${code}`;
      d.emit({ kind: "diagnostic", severity: "error", message: `Program ${how}` });
    }
    return false;
  });
  return {
    ended,
    stop() {
      if (gone) return;
      killGroup(child, "SIGINT");
      timer ??= setTimeout(() => killGroup(child, "SIGKILL"), 5000);
    },
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

/** What providers find in their environment beside the engine's own. */
export function providerEnvironment(
  d: { project: Deployment["project"]; config: Config },
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const values = [...d.config].map(([key, { text }]) => [key, text]);
  const options = Object.entries(d.project.runtimeOptions).map(([key, value]) => [
    `PULUMI_RUNTIME_${key.toUpperCase()}`,
    String(value),
  ]);
  return {
    ...env,
    PULUMI_PROJECT: d.project.name,
    PULUMI_NODEJS_PROJECT: d.project.name,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    ...(Object.fromEntries(options) as Record<string, string>),
  };
}
