import * as net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { LOOPBACK } from "./constants";
import { CloudStartError } from "./startError";

/** After a kill of the cloud, the old blob process needs a moment to save and to release its port. */
const PORT_RETRIES = 30;
const PORT_RETRY_MS = 100;

/**
 * Listens on loopback and returns the port (0 takes any free one).
 * @throws CloudStartError("PortInUse") that names the port, its purpose and the variable that changes it
 */
export function listenOnLoopback(server: net.Server, port: number, purpose: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(portError(error, port, purpose));
    server.once("error", failed);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off("error", failed);
      resolve((server.address() as net.AddressInfo).port);
    });
  });
}

export function portError(error: NodeJS.ErrnoException, port: number, purpose: string): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  const why = error.code === "EACCES" ? "may not be used by this user" : "is taken by another program";
  const message =
    `Port ${port} on ${LOOPBACK} ${why}; the local cloud needs it for ${purpose}. ` +
    "Stop that program, or set AZUREML_LOCAL_PORT to the first of three free ports in a row, for example AZUREML_LOCAL_PORT=11440.";
  return new CloudStartError("PortInUse", message, { cause: error });
}

/** Any port that is free now. */
export async function freePort(purpose: string): Promise<number> {
  const server = net.createServer();
  const port = await listenOnLoopback(server, 0, purpose);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Waits until the blob process of before has released the port. @throws CloudStartError("PortInUse") if
 * another program holds it
 */
export async function waitUntilFree(port: number, purpose: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const server = net.createServer();
    try {
      await listenOnLoopback(server, port, purpose);
      await new Promise((resolve) => server.close(resolve));
      return;
    } catch (error) {
      if (attempt >= PORT_RETRIES) throw error;
      await delay(PORT_RETRY_MS);
    }
  }
}
