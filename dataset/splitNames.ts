import { contextOfModel, localTokenizer } from "./findTokenizer";
import { createHttpClient, type HttpClient } from "./http";
import { createHubClient } from "./hub";
import { inspectFiles, type InspectNotices } from "./inspect";
import { findLayout } from "./layout";
import { charactersPerToken } from "./quality/lengths";
import type { SampleCounter } from "./quality/sample";
import { dividedSplit, partsOf, type Division } from "./quality/division";
import type { DatasetRequestInput } from "./request";
import { requestDefaults } from "./requestValues";
import { hubSettings } from "./settings";
import { openTokenizer } from "./tokens";

/** A preview does not wait long for a hub that is down: a deployed stack does not need its answer. */
const shortWait = { attempts: 2, idleTimeoutMs: 10_000, maxWaitMs: 5_000 };

/** The part of a request that decides which splits there are. */
export type SplitsRequest = Omit<DatasetRequestInput, "split"> & { split?: Division };

/**
 * The names of a request's splits. It queries the hub for the list of files, or looks into the local files.
 * @param notices where an inspection of local files reports
 * Errors: those of the hub and of the tokenizer.
 */
export async function splitNames(
  request: SplitsRequest,
  env: NodeJS.ProcessEnv,
  cwd: string,
  notices: InspectNotices,
): Promise<string[]> {
  const { name = requestDefaults.name, revision = requestDefaults.revision, subset, files } = request;
  const { tokenizer, split } = request;
  const http = createHttpClient({ ...hubSettings(env), ...shortWait });
  try {
    const counter = files && tokenizer ? await counterFor(tokenizer, cwd, http) : undefined;
    if (files && !counter && request.checks !== "off")
      notices.info(
        "Rows over the model's context are not counted: dataset.tokenizer is not set. Set it to a tokenizer.json or to a model on the hub.",
      );
    const names = files
      ? await inspectFiles({ ...request, files }, cwd, counter, notices)
      : [...(await findLayout(createHubClient(http), { name, subset, revision })).splits.keys()];
    if (!split) return names;
    dividedSplit(names);
    return partsOf(split);
  } finally {
    await http.close();
  }
}

/** The tokenizer's counter. For one on the hub, which is not stored, characters are counted: about four are a token. */
async function counterFor(tokenizer: string, cwd: string, http: HttpClient): Promise<SampleCounter> {
  const local = await localTokenizer(tokenizer, cwd);
  if (local) return { ...(await openTokenizer(local)), isEstimate: false };
  // The data step reports a model that it cannot read.
  const contextLength = await contextOfModel(tokenizer, http).catch(() => undefined);
  return { count: (text) => text.length / charactersPerToken, contextLength, isEstimate: true };
}
