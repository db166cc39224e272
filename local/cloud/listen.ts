import type { Server } from "node:net";
import type { AddressInfo } from "node:net";
import { LOOPBACK } from "./constants";
import { CloudStartError } from "./startError";

/**
 * Listens on loopback and returns the port (0 takes any free one).
 * @throws CloudStartError("PortInUse") that names the port, its purpose and the variable that changes it
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

export function portError(error: NodeJS.ErrnoException, port: number, purpose: string): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  const why = error.code === "EACCES" ? "may not be used by this user" : "is taken by another program";
  const message =
    `Port ${port} on ${LOOPBACK} ${why}; the local cloud needs it for ${purpose}. ` +
    "Stop that program, or set AZUREML_LOCAL_PORT to the first of three free ports in a row, for example AZUREML_LOCAL_PORT=11440.";
  return new CloudStartError("PortInUse", message, { cause: error });
}
