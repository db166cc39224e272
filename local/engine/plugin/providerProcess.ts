import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { EngineError, messageOf } from "../errors";
import { dynamicPackage, findPlugin } from "./plugins";
import { killGroup, onLines, type Children } from "./processes";
import type { Project } from "../project/project";
import { providerClient, type Provider } from "./provider";
import { channelOptions } from "../values/struct";

export type PluginHost = {
  project: Project;
  children: Children;
  env: NodeJS.ProcessEnv;
  /** Address of the engine's own services. */
  address: string;
  /** Receives what dynamic providers print. */
  output: (line: string, error: boolean) => void;
};

/** How long a plugin may take to print its port and accept connections. */
const startTimeout = 10_000;

/**
 * Starts (or attaches to) the provider of a package and greets it.
 * Errors: plugin (not found; ended or stayed silent before printing its port, with what it printed instead).
 */
export async function startProvider(host: PluginHost, pkg: string, version: string): Promise<Provider> {
  const source = findPlugin(host.project, pkg, version, host.env);
  const running =
    "port" in source ? { port: source.port, stop: () => undefined } : await launch(host, pkg, source);
  const client = new ResourceProviderClient(
    `127.0.0.1:${running.port}`,
    credentials.createInsecure(),
    channelOptions,
  );
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + startTimeout, (error) => {
      if (!error) return resolve();
      running.stop();
      reject(
        new EngineError(
          "plugin",
          `the plugin of "${pkg}" does not answer on port ${running.port}: ${messageOf(error)}`,
        ),
      );
    });
  });
  const provider = providerClient(client, () => {
    client.close();
    running.stop();
  });
  await provider.handshake(host.address, host.project.root, host.project.programDirectory);
  return provider;
}

function launch(
  host: PluginHost,
  pkg: string,
  source: { command: string; args: string[] },
): Promise<{ port: number; stop: () => void }> {
  const child = host.children.start(source.command, [...source.args, host.address], {
    cwd: host.project.programDirectory,
    env: host.env,
  });
  const stop = (): void => killGroup(child, "SIGKILL");
  const tail: string[] = [];
  return new Promise((resolve, reject) => {
    let port: number | undefined;
    const fail = (what: string): void => {
      clearTimeout(timer);
      stop();
      const printed = tail.length > 0 ? `; it printed:\n  ${tail.join("\n  ")}` : "";
      reject(new EngineError("plugin", `the plugin of "${pkg}" (${source.command}) ${what}${printed}`));
    };
    const timer = setTimeout(() => fail(`printed no port within ${startTimeout / 1000} s`), startTimeout);
    onLines(child, (line, error) => {
      if (port === undefined && !error) {
        port = Number(line.trim());
        if (!Number.isInteger(port) || port <= 0)
          return fail(`printed "${line.slice(0, 80)}" instead of its port`);
        clearTimeout(timer);
        return resolve({ port, stop });
      }
      tail.push(line);
      if (tail.length > 20) tail.shift();
      if (pkg === dynamicPackage) host.output(line, error);
    });
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      if (port === undefined) fail(`ended (${signal ?? `exit code ${code}`}) before it printed its port`);
      else if (code !== 0 && signal === null && pkg !== dynamicPackage) {
        for (const line of tail) host.output(`${pkg}: ${line}`, true);
      }
    });
  });
}
