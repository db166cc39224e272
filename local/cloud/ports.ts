import { DEFAULT_PORT } from "./constants";
import { CloudStartError } from "./startError";

const HIGHEST = 65_532;

/**
 * The HTTPS port: `AZUREML_LOCAL_PORT` or 10440. The identity endpoint is one above, blobs two above, and
 * `npm run studio` listens three above.
 * @throws CloudStartError("BadOption") that names the variable, its value and what is allowed
 */
export function cloudPort(env: NodeJS.ProcessEnv = process.env): number {
  const text = env["AZUREML_LOCAL_PORT"];
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1024 && port <= HIGHEST) return port;
  throw new CloudStartError(
    "BadOption",
    `AZUREML_LOCAL_PORT is '${text}'. It must be a whole number from 1024 to ${HIGHEST}.`,
  );
}

/** The port of the page about a local cloud. The cloud names it as the address of a job's page. */
export const studioPort = (port: number): number => port + 3;
