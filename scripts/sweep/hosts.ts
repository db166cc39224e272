import { createRequire } from "node:module";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { ProgramHost, StartProgram } from "../../local/engine/plugin/program";
import { organization } from "../../local/engine/state/backend";
import { azureNativeProvider } from "../../local/plugins/azureNative/provider";
import { commandProvider } from "../../local/plugins/command/provider";
import type { Host, Provider } from "../../local/plugins/host/provider";
import { providerService } from "../../local/plugins/host/service";
import { evaluate, freshModules, type ProcessView } from "./modules";

const load = createRequire(__filename);
const dist = join(__dirname, "..", "..");
const dynamicHost = load.resolve("@pulumi/pulumi/cmd/dynamic-provider");

/** The providers of one run, served in this process. */
export interface Providers {
  /** For PULUMI_DEBUG_PROVIDERS. */
  addresses: string;
  close(): void;
}

/**
 * Starts the three providers as a run of the engine would, each with modules of its own.
 * @param print receives each line that they print or log.
 */
export async function startProviders(
  config: ReadonlyMap<string, string>,
  print: (line: string) => void,
): Promise<Providers> {
  const host: Host = {
    log: (severity, message) => {
      if (severity !== "debug") print(message);
    },
    flushed: () => Promise.resolve(),
  };
  const servers: grpc.Server[] = [];
  const native = await serveProvider(azureNativeProvider(host), servers);
  const command = await serveProvider(commandProvider(host), servers);
  const dynamic = await serveDynamic(config, servers, print);
  return {
    addresses: `azure-native:${native},command:${command},pulumi-nodejs:${dynamic}`,
    close: () => servers.forEach((server) => server.forceShutdown()),
  };
}

function serveProvider(provider: Provider, servers: grpc.Server[]): Promise<number> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  servers.push(server);
  const none = (): void => undefined;
  server.addService(
    ResourceProviderService as unknown as grpc.ServiceDefinition,
    providerService(provider, { onAttach: none, onCancel: () => provider.cancel() }),
  );
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}

/** Pulumi's own host of dynamic providers. It starts when it is loaded, and prints its port. */
function serveDynamic(
  config: ReadonlyMap<string, string>,
  servers: grpc.Server[],
  print: (line: string) => void,
): Promise<number> {
  class Server extends grpc.Server {
    constructor(options?: grpc.ServerOptions) {
      super(options);
      servers.push(this);
    }
  }
  return new Promise((resolve) => {
    const view: ProcessView = {
      argv: [process.execPath, dynamicHost, "127.0.0.1:1"],
      env: { ...process.env, PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)) },
      print: (text) => (/^\d+$/.test(text) ? resolve(Number(text)) : print(text)),
      own: [dynamicHost],
    };
    const replaced = {
      "source-map-support/register": {},
      "@grpc/grpc-js": { ...grpc, Server },
      "require-from-string": (text: string) => evaluate(modules, text, view),
    };
    const modules = freshModules({ ...view, replaced });
    modules(dynamicHost);
  });
}

/** The SDK's variables. */
interface Store {
  resourceModules: unknown;
  resourcePackages: unknown;
}

interface Sdk {
  state: { getGlobalStore(): Store };
  settings: { resetOptions(...options: unknown[]): void; disconnect(signal: boolean): Promise<void> };
  config: { setAllConfig(values: Record<string, string>, secretKeys: string[]): void };
  stack: { runInPulumiStack(program: unknown): Promise<unknown> };
  log: { error(message: string, resource?: unknown): Promise<void>; hasErrors(): boolean };
  errors: Record<"RunError" | "ResourceError", { isInstance(error: unknown): boolean }> & {
    isGrpcError(error: unknown): boolean;
  };
  error: { defaultErrorMessage(error: unknown): string };
}

let sdk: Sdk | undefined;

function loadSdk(): Sdk {
  if (!sdk) quickenSdk();
  sdk ??= {
    state: load("@pulumi/pulumi/runtime/state") as Sdk["state"],
    settings: load("@pulumi/pulumi/runtime/settings") as Sdk["settings"],
    config: load("@pulumi/pulumi/runtime/config") as Sdk["config"],
    stack: load("@pulumi/pulumi/runtime/stack") as Sdk["stack"],
    log: load("@pulumi/pulumi/log") as Sdk["log"],
    errors: load("@pulumi/pulumi/errors") as Sdk["errors"],
    error: load("@pulumi/pulumi/cmd/run/error") as Sdk["error"],
  };
  return sdk;
}

/** As local/engine/plugin/preload.ts does in the runner's process: the SDK's debugging takes most of its time. */
function quickenSdk(): void {
  const log = load("@pulumi/pulumi/log") as { debug: unknown };
  log.debug = async () => undefined;
  const promises = load("@pulumi/pulumi/runtime/debuggable") as { debuggablePromise: unknown };
  promises.debuggablePromise = (promise: unknown) => promise;
}

/** Starts the program in this process, as Pulumi's runner (`cmd/run`) does in one of its own. */
export function inProcessProgram(print: (line: string) => void): StartProgram {
  return (host, _children, address) => {
    let stop = (): void => undefined;
    // A process ends when it has nothing left to do, even if it still waits for answers of the engine.
    const stopped = new Promise<boolean>((resolve) => (stop = () => resolve(false)));
    return { ended: Promise.race([runProgram(host, address, print), stopped]), stop };
  };
}

/**
 * New variables for the SDK. Its own way, asynchronous local storage (as in `LanguageServer`), makes every promise of the
 * process slower. What packages register when they are loaded stays.
 */
function freshStore({ getGlobalStore }: Sdk["state"]): void {
  const { resourceModules, resourcePackages } = getGlobalStore();
  delete (globalThis as { globalStore?: unknown }).globalStore;
  Object.assign(getGlobalStore(), { resourceModules, resourcePackages });
}

async function runProgram(
  host: ProgramHost,
  address: string,
  print: (line: string) => void,
): Promise<boolean> {
  const { state, settings, config, stack, log, errors, error } = loadSdk();
  freshStore(state);
  settings.resetOptions(
    ...[host.project.name, host.stack, host.parallel, address, address, host.dryRun, organization],
  );
  const values = [...host.config].map(([key, { text }]) => [key.replace(":", ":config:"), text] as const);
  const secretKeys = [...host.config].filter(([, { secret }]) => secret).map(([key]) => key);
  config.setAllConfig(Object.fromEntries(values), secretKeys);
  const reported = new Set<unknown>();
  const report = (caught: Error & { resource?: unknown; hideStack?: boolean }): void => {
    if (reported.has(caught)) return;
    reported.add(caught);
    if (errors.isGrpcError(caught)) return;
    const text = error.defaultErrorMessage(caught);
    if (errors.RunError.isInstance(caught)) void log.error(caught.message);
    else if (errors.ResourceError.isInstance(caught))
      void log.error(caught.hideStack ? caught.message : text, caught.resource);
    else
      void log.error(`Running program '${host.project.entry}' failed with an unhandled exception:\n${text}`);
  };
  const onError = report as (error: unknown) => void;
  process.on("unhandledRejection", onError);
  process.on("uncaughtException", onError);
  try {
    const modules = freshModules({ env: process.env, print: (text) => print(text) });
    await stack.runInPulumiStack(modules(join(dist, "index.js")));
    await settings.disconnect(true);
  } catch (caught) {
    report(caught as Error);
    await settings.disconnect(false);
  } finally {
    process.off("unhandledRejection", onError);
    process.off("uncaughtException", onError);
  }
  return reported.size === 0 && !log.hasErrors();
}

/** Tokens of managed identities are static in Azure's library. A new process has none. */
export function forgetTokens(): void {
  const identity = load.resolve("@azure/identity");
  const msal = createRequire(identity)("@azure/msal-node") as {
    ManagedIdentityApplication: { nodeStorage?: unknown };
  };
  delete msal.ManagedIdentityApplication.nodeStorage;
}
