import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { parse } from "yaml";
import { EngineError, messageOf } from "../errors";
import { nodeOptions, resolveSdk } from "../plugin/plugins";
import type { Children } from "../plugin/processes";
import type { ProgramHost } from "../plugin/program";
import { portOf } from "../plugin/providerProcess";
import { organization } from "../state/backend";
import { channelOptions } from "../values/struct";

/** A running process that serves Pulumi's Analyzer protocol for one pack. */
export type PolicyHost = {
  client: Client;
  /** Version in PulumiPolicy.yaml, which wins over the one of the pack. */
  version: string | undefined;
  /** Why the process is gone; undefined while it runs. */
  ended: () => string | undefined;
  stop: () => void;
};

export type HostOptions = Pick<ProgramHost, "project" | "stack" | "config" | "env" | "dryRun" | "emit">;

/** The compiled preload.ts of this folder. Tests run the sources and take it from dist/. */
const preload = __filename.endsWith(".js")
  ? join(__dirname, "preload.js")
  : resolve(__dirname, "../../../dist/local/engine/policy/preload.js");

/** Milliseconds until the pack must have printed its port, and then answer on it. */
const startTimeout = 60_000;

/**
 * Starts the pack with the SDK's own policy host, as the Pulumi CLI does (pulumi/pulumi, pulumi-language-nodejs/main.go, RunPlugin): in
 * the pack's directory, with the stack's configuration, secrets in plain text, in PULUMI_CONFIG. Errors: usage, unsupported, plugin.
 */
export async function startHost(
  directory: string,
  options: HostOptions,
  children: Children,
  engineAddress: string,
): Promise<PolicyHost> {
  const { version, nodeargs, isTypeScript } = await readPack(directory);
  const pack = { programDirectory: directory, runtimeOptions: { nodeargs } };
  let heard: (line: string) => void = () => undefined;
  const first = new Promise<string>((found) => (heard = found));
  const [command, ...args] = [
    process.execPath,
    ...nodeOptions(pack),
    ...(isTypeScript ? [] : [`--require=${preload}`]),
    resolveSdk(pack, "cmd/run-policy-pack"),
    engineAddress,
    directory,
  ];
  let isHeard = false;
  const child = children.start(command, args, {
    cwd: directory,
    env: { ...options.env, ...hostEnvironment(options) },
    onLine(line, error) {
      if (isHeard || error) return options.emit({ kind: "output", line, from: "policy", error });
      isHeard = true;
      heard(line);
    },
  });
  let how: string | undefined;
  const ended = child.ended.then((end) => (how = end.how));
  const problem = (what: string): EngineError => {
    const printed = child.tail.map((line) => `\n  ${line}`).join("");
    return new EngineError("plugin", `policy pack ${directory} failed to start: ${what}.${printed}`);
  };
  const late = sleep(startTimeout, `printed no port within ${startTimeout / 1000} s`, { ref: false });
  const said = await Promise.race([first, ended, late]);
  const port = portOf(said);
  if (port === undefined) {
    child.signal("SIGKILL");
    throw problem(how ?? (said.startsWith("printed") ? said : `it printed "${said}" instead of its port`));
  }
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), channelOptions);
  await new Promise<void>((ready, refuse) => {
    client.waitForReady(Date.now() + startTimeout, (error) => (error ? refuse(error) : ready()));
  }).catch((error: unknown) => {
    throw problem(messageOf(error));
  });
  return {
    client,
    version,
    ended: () => how,
    stop() {
      client.close();
      child.signal("SIGKILL");
    },
  };
}

type PackFile = {
  runtime?: string | { name?: string; options?: Record<string, unknown> };
  version?: unknown;
};

async function readPack(directory: string): Promise<{
  version: string | undefined;
  nodeargs: unknown;
  isTypeScript: boolean;
}> {
  const file = join(directory, "PulumiPolicy.yaml");
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists)
    throw new EngineError(
      "usage",
      `--policy-pack ${directory}: no file PulumiPolicy.yaml there; name the folder of a policy pack`,
    );
  const { runtime, version } = (parse(await readFile(file, "utf8")) ?? {}) as PackFile;
  const { name, options } = typeof runtime === "object" ? runtime : { name: runtime, options: {} };
  if (name !== "nodejs")
    throw new EngineError(
      "unsupported",
      `${file}: runtime is "${name ?? ""}"; the embedded engine runs packs of runtime nodejs only. Use the Pulumi CLI for this pack`,
    );
  return {
    version: typeof version === "string" ? version : undefined,
    nodeargs: options?.nodeargs,
    isTypeScript: options?.typescript !== false,
  };
}

function hostEnvironment({ project, stack, config, dryRun }: HostOptions): NodeJS.ProcessEnv {
  const values = [...config].map(([key, { text }]) => [key, text]);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
    PULUMI_NODEJS_ORGANIZATION: organization,
    PULUMI_NODEJS_PROJECT: project.name,
    PULUMI_NODEJS_STACK: stack,
    PULUMI_NODEJS_DRY_RUN: String(dryRun),
  };
}
