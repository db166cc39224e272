import { createHttpClient } from "./http";
import { createHubClient } from "./hub";
import { inspectFiles, type InspectRequest } from "./inspect";
import { findLayout } from "./layout";
import { dividedSplit, partsOf, type Division } from "./quality/division";
import { requestDefaults, type DatasetRequestInput } from "./request";
import { hubSettings } from "./settings";

/** A preview does not wait long for a hub that is down: a deployed stack does not need its answer. */
const shortWait = { attempts: 2, idleTimeoutMs: 10_000, maxWaitMs: 5_000 };

/** The part of a request that decides which splits there are. */
export type SplitsRequest = Pick<DatasetRequestInput, "name" | "subset" | "revision"> & InspectRequest;

/**
 * The names of a request's splits. It queries the hub for the list of files, or looks into the local files.
 * Errors: those of the hub, and of `inspectFiles`.
 */
export async function splitNames(
  request: SplitsRequest & { split?: Division },
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<string[]> {
  const names = await existingSplits(request, env, cwd);
  if (!request.split) return names;
  dividedSplit(names);
  return partsOf(request.split);
}

async function existingSplits(
  request: SplitsRequest,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<string[]> {
  const { name = requestDefaults.name, subset, revision = requestDefaults.revision, files } = request;
  if (files) return inspectFiles({ ...request, files }, cwd);
  const http = createHttpClient({ ...hubSettings(env), ...shortWait });
  try {
    return [...(await findLayout(createHubClient(http), { name, subset, revision })).splits.keys()];
  } finally {
    await http.close();
  }
}
