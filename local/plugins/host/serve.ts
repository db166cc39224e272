/**
 * The first line on stdout is the port; the first argument is the engine's address. Exits when the engine or
 * the parent process is gone.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { engineLink, watchParent } from "./engine";
import { messageOf } from "./errors";
import type { Host, Provider } from "./provider";
import { providerService } from "./service";

/** Pulumi's limit for one message. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
/** How long calls under way may take to end after a signal has cancelled the provider. */
const EXIT_GRACE_MS = 5_000;

export interface ServeOptions {
  args?: readonly string[];
  /**
   * A Ctrl-C at the terminal also reaches plugins in the engine's process group. The plugin does not exit
   * then, because the engine decides how to stop.
   */
  cancelOnInterrupt: boolean;
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

async function start(makeProvider: (host: Host) => Provider, options: ServeOptions): Promise<void> {
  let ending = false;
  let cancelReceived = false;
  let cancel = (): void => undefined;
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  const end = (): void => {
    if (ending) return;
    ending = true;
    cancel();
    setTimeout(() => process.exit(0), EXIT_GRACE_MS).unref();
    server.tryShutdown(() => process.exit(0));
  };
  const engine = engineLink(end);
  const provider = makeProvider(engine);
  cancel = () => provider.cancel();
  server.addService(
    ResourceProviderService,
    providerService(provider, {
      onAttach: (address) => engine.connect(address),
      onCancel: () => {
        cancelReceived = true;
        cancel();
      },
    }),
  );
  process.on("SIGTERM", end);
  // The Pulumi CLI ends a plugin by Cancel and SIGINT, and reports a crash if it does not exit.
  process.on("SIGINT", () => {
    if (cancelReceived) end();
    else if (options.cancelOnInterrupt) cancel();
  });
  watchParent(end);
  const port = await bind(server);
  process.stdout.write(`${port}\n`);
  const address = (options.args ?? process.argv.slice(2)).find((argument) => !argument.startsWith("-"));
  if (address) engine.connect(address);
}

/** Never rejects: a plugin that cannot start prints the reason on stderr and exits with 1. */
export function servePlugin(makeProvider: (host: Host) => Provider, options: ServeOptions): void {
  start(makeProvider, options).catch((error: unknown) => {
    process.stderr.write(`fatal: the plugin could not start: ${messageOf(error)}\n`);
    process.exit(1);
  });
}
