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

type PluginHost = {
  project: Project;
  config: Config;
  children: Children;
  env: NodeJS.ProcessEnv;
  address: string;
  emit: Emit;
  /** Milliseconds a plugin may take to print its port, and then to answer on it; default 60,000. */
  startTimeout?: number;
};

const byHand = "Start it by hand to see why, or install it again.";

/** Errors: plugin, with the command line, its output, and what to do. */
export async function startProvider(host: PluginHost, pkg: string, version: string): Promise<Provider> {
  const { address, startTimeout = 60_000 } = host;
  const source = findPlugin(host.project, pkg, version, host.env);
  const plugin = "command" in source ? launch(host, pkg, source) : undefined;
  const what = plugin
    ? `the plugin of package "${pkg}"${version && ` (version ${version})`}, started as \`${plugin.commandLine}\`,`
    : `the provider of package "${pkg}", which PULUMI_DEBUG_PROVIDERS says to use,`;
  const problem = (
    how: string,
    advice = plugin ? byHand : "Start it first, or unset PULUMI_DEBUG_PROVIDERS.",
  ) => {
    const printed = plugin?.child.tail.splice(0) ?? [];
    const lines = printed.length > 0 ? ` It printed:\n${printed.map((line) => `  ${line}`).join("\n")}` : "";
    return new EngineError("plugin", `${what} ${how}. ${advice}${lines}`);
  };
  const stop = (): void => plugin?.child.signal("SIGKILL");
  const ended = plugin?.child.ended.then(({ how }) => how) ?? new Promise<string>(() => undefined);
  const within = <T>(ms: number, late: T): Promise<T> => sleep(ms, late, { ref: false });
  const silent = `printed no port within ${startTimeout / 1000} s`;
  const early = ended.then((how) => `${how} before it printed its port`);
  const said =
    "port" in source ? source.port : await Promise.race([plugin?.port, early, within(startTimeout, silent)]);
  if (typeof said !== "number") {
    stop();
    throw problem(String(said));
  }
  const client = new Client(`127.0.0.1:${said}`, credentials.createInsecure(), channelOptions);
  const provider = providerClient(client, {
    stop() {
      client.close();
      stop();
    },
    async terminate() {
      if (!plugin || pkg !== dynamicPackage) return;
      plugin.child.signal("SIGTERM");
      await plugin.child.ended;
    },
    async lost() {
      const how = plugin && (await Promise.race([ended, within(5000, undefined)]));
      const advice = "The change may have happened or not: run a refresh, then run the operation again.";
      return how && problem(`${how} in the middle of the run`, advice).message;
    },
  });
  const greet = async (): Promise<void> => {
    const deadline = Date.now() + startTimeout;
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(deadline, (error) => (error ? reject(error) : resolve()));
    });
    // With a debugger attached, the handshake may take any time.
    if (!plugin) return provider.handshake(address).then(() => provider.attach(address));
    return provider.handshake(address, plugin.directory, deadline);
  };
  const failed = await Promise.race([greet().catch(messageOf), ended]);
  if (failed === undefined) return provider;
  provider.stop();
  throw problem(`does not answer on port ${said} (waited up to ${startTimeout / 1000} s): ${failed}`);
}

/** A plugin's process. The first line it prints is its port; anything else is an error. */
function launch(host: PluginHost, pkg: string, { command, args }: { command: string; args: string[] }) {
  let heard: ((port: number | string) => void) | undefined;
  const port = new Promise<number | string>((resolve) => (heard = resolve));
  const child = host.children.start(command, [...args, host.address], {
    cwd: host.project.programDirectory,
    env: providerEnvironment(host),
    onLine(line, error) {
      if (heard && !error) {
        heard(portOf(line) ?? `printed "${line.slice(0, 80)}" where its port was expected`);
        heard = undefined;
      } else if (pkg === dynamicPackage) host.emit({ kind: "output", line, from: "provider", error });
    },
  });
  return { child, port, commandLine: [command, ...args].join(" "), directory: dirname(command) };
}

/** The port a plugin printed; .NET wraps it in terminal progress marks. */
export function portOf(line: string): number | undefined {
  const port = Number(line.replace(/\u001b\][^\u001b]*\u001b\\/g, "").trim() || NaN);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

function providerEnvironment({
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
