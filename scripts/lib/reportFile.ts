import { stat } from "node:fs/promises";
import * as path from "node:path";
import { projectRoot } from "./localStack";
import { isOnLocalCloud, localStack } from "./stackPlace";

/** Where the report of a stack is: with the other local files for a stack on the local cloud, so that a reset deletes it. */
export async function reportFile(stack: string): Promise<string> {
  const folder = (await isOnLocalCloud(projectRoot, stack)) ? path.join(".local", "reports") : "reports";
  return path.join(folder, `${stack.replace(/[^\w.-]+/g, "-")}.html`);
}

/**
 * A line about the report that an earlier run has written; undefined if there is none. After an update without changes it takes the place of a
 * new report: that would take a quarter of the update's time, and differ in the costs and requests of the time between only.
 */
export async function earlierReportLine(stack: string): Promise<string | undefined> {
  const file = await reportFile(stack);
  const found = await stat(path.resolve(projectRoot, file)).catch(() => undefined);
  if (!found) return undefined;
  const written = found.mtime.toISOString().slice(0, 16).replace("T", " ");
  const again = stack === localStack ? "npm run report" : `npm run report -- --stack ${stack}`;
  return `Report: ${file} of ${written} UTC, as this update changed nothing; \`${again}\` writes a new one`;
}
