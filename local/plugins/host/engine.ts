/** The plugin's connection to the engine: sends log messages and notices when the engine is gone. */
import { connectivityState, credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Host } from "./provider";

const SEVERITIES = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
} as const;

/** How long connecting to the engine may take: at the start, and after the connection was lost. */
const CONNECT_MS = 10_000;
const RECONNECT_MS = 2_000;
const PARENT_POLL_MS = 1_000;

export interface EngineLink extends Host {
  /** Connects (or, after an Attach, connects elsewhere). */
  connect(address: string): void;
}

/** Keeps log lines in order: each is sent after the previous one was answered. */
export function engineLink(onGone: () => void): EngineLink {
  let client: EngineClient | undefined;
  let queue: Promise<void> = Promise.resolve();

  const watch = (watched: EngineClient, patience: number): void => {
    watched.waitForReady(Date.now() + patience, (error) => {
      if (client !== watched) return;
      if (error) return onGone();
      watched
        .getChannel()
        .watchConnectivityState(connectivityState.READY, Infinity, () => watch(watched, RECONNECT_MS));
    });
  };

  return {
    connect(address) {
      client?.close();
      client = new EngineClient(address, credentials.createInsecure());
      watch(client, CONNECT_MS);
    },
    log(severity, message, urn = "", ephemeral = false) {
      const target = client;
      if (!target) return;
      const request = new LogRequest();
      request.setSeverity(SEVERITIES[severity]);
      request.setMessage(message);
      request.setUrn(urn);
      request.setEphemeral(ephemeral);
      // The error is dropped: a lost log line must not fail a deployment.
      queue = queue.then(() => new Promise((done) => target.log(request, () => done())));
    },
    flushed: () => queue,
  };
}

export function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_POLL_MS).unref();
}
