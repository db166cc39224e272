/** Taking loopback ports early, with an error that says what to do when one is taken. */
import type { Server } from "node:net";
import type { AddressInfo } from "node:net";
import { LOOPBACK } from "./constants";
import { CloudStartError } from "./startError";

/**
 * Listens on loopback and returns the port (0 asks for any free one).
 * @throws CloudStartError("PortInUse") naming port, purpose and the variable that moves it
 */
export function listenOnLoopback(server: Server, port: number, purpose: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(portError(error, port, purpose));
    server.once("error", failed);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** The same error for whoever finds a port taken by other means. */
export function portError(error: NodeJS.ErrnoException, port: number, purpose: string): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  const why = error.code === "EACCES" ? "may not be used by this user" : "is taken by another program";
  const message =
    `Port ${port} on ${LOOPBACK} ${why}; the local cloud needs it for ${purpose}. ` +
    "Stop that program, or set AZUREML_LOCAL_PORT to the first of three free ports in a row, for example AZUREML_LOCAL_PORT=11440.";
  return new CloudStartError("PortInUse", message, { cause: error });
}
