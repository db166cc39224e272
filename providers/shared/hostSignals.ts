import { createRequire } from "node:module";

/** Requests to a provider's process to stop. Each function returns one that removes the listener. */
export interface HostSignals {
  /** The user pressed Ctrl-C once: the engine starts nothing new and waits for the steps in progress. */
  onCancel(listener: () => void): () => void;
  /**
   * The engine is ending this process. Pulumi sends SIGINT (on Windows CTRL_BREAK) to a plugin's process group and kills it after 5 s
   * (github.com/pulumi/pulumi/sdk/v3 3.248.0, go/common/resource/plugin/plugin.go); the embedded engine and most process managers
   * send SIGTERM. A listener replaces Node's default, so the process must then end by itself: `endProcess`.
   */
  onEnd(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Ends this process as the signal would have, after the response in progress was sent. */
  endProcess(signal: NodeJS.Signals): void;
}

const endSignals: readonly NodeJS.Signals[] =
  process.platform === "win32" ? ["SIGINT", "SIGTERM", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
/** Milliseconds for a gRPC response on this machine. */
const responseMs = 500;

export const hostSignals: HostSignals = {
  onCancel(listener) {
    observeCancel();
    cancelListeners.add(listener);
    return () => cancelListeners.delete(listener);
  },
  onEnd(listener) {
    for (const signal of endSignals) process.on(signal, listener);
    return () => {
      for (const signal of endSignals) process.off(signal, listener);
    };
  },
  endProcess(signal) {
    setTimeout(() => process.kill(process.pid, signal), responseMs);
  },
};

const cancelListeners = new Set<() => void>();
let isObserved = false;

/**
 * At the first Ctrl-C the engine calls `Cancel` of every provider (github.com/pulumi/pulumi/pkg/v3 3.248.0, deployment_executor.go).
 * Pulumi's dynamic-provider host acknowledges it and does not pass it on (@pulumi/pulumi/cmd/dynamic-provider/index.js 3.248.0), and
 * the signal itself does not reach a plugin, which has its own process group. So the look-up of the called method is observed, in
 * the copy of grpc-js that the host uses. With another grpc-js, where it does not exist, there are no notifications.
 */
function observeCancel(): void {
  if (isObserved) return;
  isObserved = true;
  try {
    const sdk = createRequire(require.resolve("@pulumi/pulumi"));
    const { Server } = sdk("@grpc/grpc-js") as { Server: { prototype: GrpcServer } };
    const { prototype } = Server;
    const original = prototype._retrieveHandler;
    if (typeof original !== "function") return;
    prototype._retrieveHandler = function (this: unknown, path: string) {
      if (path === "/pulumirpc.ResourceProvider/Cancel") for (const listener of cancelListeners) listener();
      return original.call(this, path);
    };
  } catch {
    // Not in a dynamic-provider host.
  }
}

interface GrpcServer {
  _retrieveHandler?: (this: unknown, path: string) => unknown;
}
