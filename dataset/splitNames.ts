import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DatasetError } from "./errors";
import { createHttpClient } from "./http";
import { createHubClient } from "./hub";
import { findLayout } from "./layout";
import { requestDefaults, type DatasetRequestInput } from "./request";
import { hubSettings } from "./settings";

/** A preview does not wait long for a hub that is down: a deployed stack does not need its answer. */
const shortWait = { attempts: 2, idleTimeoutMs: 10_000, maxWaitMs: 5_000 };

/** The part of a request that decides which splits there are. */
export type SplitsRequest = Pick<DatasetRequestInput, "name" | "subset" | "revision" | "files">;

/**
 * The names of a request's splits. Reads no rows: it queries the hub for the list of files, or looks whether the local files exist.
 * Errors: those of the hub; BadFile for a file that does not exist.
 */
export async function splitNames(
  { name = requestDefaults.name, subset, revision = requestDefaults.revision, files }: SplitsRequest,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<string[]> {
  if (files) return splitsOfFiles(files, cwd);
  const http = createHttpClient({ ...hubSettings(env), ...shortWait });
  try {
    return [...(await findLayout(createHubClient(http), { name, subset, revision })).splits.keys()];
  } finally {
    await http.close();
  }
}

async function splitsOfFiles(files: NonNullable<SplitsRequest["files"]>, cwd: string): Promise<string[]> {
  for (const [split, paths] of Object.entries(files)) {
    for (const path of paths) {
      const found = await stat(resolve(cwd, path)).catch(() => undefined);
      if (found?.isFile()) continue;
      throw new DatasetError(
        "BadFile",
        `split ${split}: there is no file ${path}`,
        "Correct --files; paths are relative to the working directory.",
      );
    }
  }
  return Object.keys(files);
}
