import type { Emit } from "../display/events";
import type { Config } from "../project/config";
import type { Project } from "../project/project";
import { organization } from "../state/backend";
import { nodeOptions, resolveSdk } from "./plugins";
import type { Children } from "./processes";

/** The exit code of the program runner if it has reported the error to the user already. */
const alreadyReported = 32;

const stopTimeout = 5000;

export type ProgramRun = {
  ended: Promise<boolean>;
  stop(): void;
};

/** What a program is started with. The run changes `emit` and `stopping` while the program runs. */
export type ProgramHost = {
  project: Project;
  stack: string;
  config: Config;
  env: NodeJS.ProcessEnv;
  dryRun: boolean;
  parallel: number;
  emit: Emit;
  /** Set when a step failed or the user asked to stop: nothing new is started. */
  stopping: "failed" | "canceled" | undefined;
};

/** Starts a program that registers its resources at `address`, where the resource monitor listens. */
export type StartProgram = (host: ProgramHost, children: Children, address: string) => ProgramRun;

/** Starts the program with Pulumi's own runner. Its output becomes events of the run. */
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
  const child = children.start(
    process.execPath,
    [
      ...nodeOptions(project),
      resolveSdk(project, "cmd/run"),
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

function languageEnvironment({ runtimeOptions }: Project): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = runtimeOptions;
  return {
    ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(typeof tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
  };
}

/** Old-style keys, every value a text, secrets in plain text with a list of their keys. */
function configEnvironment(config: Config): NodeJS.ProcessEnv {
  const values = [...config].map(([key, { text }]) => [key.replace(":", ":config:"), text]);
  const secrets = [...config].filter(([, value]) => value.secret).map(([key]) => key);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secrets),
  };
}
