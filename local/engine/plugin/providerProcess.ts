import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import type { Emit } from "../display/events";
import { EngineError, messageOf } from "../errors";
import type { Config } from "../project/config";
import type { Project } from "../project/project";
import { channelOptions } from "../values/struct";
import { dynamicPackage, findPlugin } from "./plugins";
import type { Children } from "./processes";
import { providerClient, type Provider } from "./provider";

export type PluginHost = {
  project: Project;
  config: Config;
  children: Children;
  env: NodeJS.ProcessEnv;
  /** Address of the engine's own services. */
  address: string;
  /** Receives what dynamic providers print. */
  emit: Emit;
  /** Milliseconds a plugin may take to print its port, and then to answer on it; default 10,000. */
  startTimeout?: number;
};

/** A provider that listens, as far as it is known. */
type Running = {
  port: number;
  stop: () => void;
  /** Settles with what became of the process, once it has ended. */
  ended: Promise<string>;
  /** What it printed since this was last asked, as the end of a message. */
  printed: () => string;
};

/**
 * Starts (or attaches to) the provider of a package and greets it.
 * Errors: plugin (not found; not to be started; ended, silent or babbling before it printed its port; not answering on
 * it), each with the command line, what it printed, and what to do.
 */
export async function startProvider(host: PluginHost, pkg: string, version: string): Promise<Provider> {
  const { address, startTimeout = 10_000 } = host;
  const source = findPlugin(host.project, pkg, version, host.env);
  const attached = "port" in source;
  const what = attached
    ? `the provider of package "${pkg}" on port ${source.port}, which PULUMI_DEBUG_PROVIDERS says to use,`
    : `the plugin of package "${pkg}"${version && ` (version ${version})`}, started as \`${[source.command, ...source.args].join(" ")}\`,`;
  const running = attached ? attach(source.port) : await launch(host, pkg, what, source, startTimeout);
  const client = new Client(`127.0.0.1:${running.port}`, credentials.createInsecure(), channelOptions);
  const provider = providerClient(client, {
    stop() {
      client.close();
      running.stop();
    },
    async lost() {
      const how = await Promise.race([running.ended, sleep(500, undefined, { ref: false })]);
      if (how === undefined) return undefined;
      return (
        `${what} ${how} in the middle of the run. What it was doing may have happened or not: ` +
        `find out with a refresh, then run the operation again.${running.printed()}`
      );
    },
  });
  const greet = async (): Promise<void> => {
    const deadline = Date.now() + startTimeout;
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(deadline, (error) => (error ? reject(error) : resolve()));
    });
    const directory = attached ? undefined : dirname(source.command);
    // Whoever attaches a debugger may look at the greeting for as long as they like.
    await provider.handshake(address, directory, attached ? undefined : deadline);
    if (attached) await provider.attach(address);
  };
  const gone = running.ended.then((how) => {
    throw new Error(how);
  });
  gone.catch(() => undefined);
  try {
    await Promise.race([greet(), gone]);
  } catch (error) {
    provider.stop();
    const advice = attached ? "Start it first, or unset PULUMI_DEBUG_PROVIDERS." : byHand;
    throw new EngineError(
      "plugin",
      `${what} does not answer on port ${running.port} (waited up to ${startTimeout / 1000} s): ${messageOf(error)}. ${advice}${running.printed()}`,
      error,
    );
  }
  return provider;
}

const byHand = "Start it by hand to see why, or install it again.";

function attach(port: number): Running {
  const ended = new Promise<string>(() => undefined);
  return { port, ended, stop: () => undefined, printed: () => "" };
}

/** Starts a plugin and reads its port: the first line it prints. */
async function launch(
  host: PluginHost,
  pkg: string,
  what: string,
  source: { command: string; args: string[] },
  timeout: number,
): Promise<Running> {
  let heard: (line: string) => void;
  const first = new Promise<string>((resolve) => (heard = resolve));
  let listening = false;
  const child = host.children.start(source.command, [...source.args, host.address], {
    cwd: host.project.programDirectory,
    env: providerEnvironment(host),
    onLine(line, error) {
      if (!listening && !error) heard(line);
      else if (pkg === dynamicPackage) host.emit({ kind: "output", line, from: "provider", error });
      listening ||= !error;
    },
  });
  const printed = (): string => {
    const lines = child.tail.splice(0);
    return lines.length > 0 ? ` It printed:\n${lines.map((line) => `  ${line}`).join("\n")}` : "";
  };
  const stop = (): void => child.signal("SIGKILL");
  const ended = child.ended.then(({ how }) => how);
  const problem = await Promise.race([
    first.then((line) =>
      portOf(line) === undefined ? `printed "${line.slice(0, 80)}" where its port was expected` : undefined,
    ),
    ended.then((how) => `${how} before it printed its port`),
    sleep(timeout, `printed no port within ${timeout / 1000} s`, { ref: false }),
  ]);
  if (problem === undefined) {
    child.tail.length = 0;
    return { port: portOf(await first) ?? 0, stop, ended, printed };
  }
  stop();
  throw new EngineError("plugin", `${what} ${problem}. ${byHand}${printed()}`);
}

/** The port a plugin printed; .NET wraps it in progress marks for terminals. */
function portOf(line: string): number | undefined {
  const port = Number(line.replace(/\u001b\][^\u001b]*\u001b\\/g, "").trim() || NaN);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

/** What providers find in their environment beside the engine's own. */
export function providerEnvironment({
  project,
  config,
  env,
}: Pick<PluginHost, "project" | "config" | "env">): NodeJS.ProcessEnv {
  const options = Object.entries(project.runtimeOptions).map(
    ([key, value]) => [`PULUMI_RUNTIME_${key.toUpperCase()}`, String(value)] as const,
  );
  return {
    ...env,
    ...Object.fromEntries(options),
    PULUMI_PROJECT: project.name,
    PULUMI_NODEJS_PROJECT: project.name,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries([...config].map(([key, { text }]) => [key, text]))),
  };
}
