import { isDeepStrictEqual } from "node:util";
import type { HubClient } from "./hub";
import type { SplitRecord } from "./manifest";
import type { Origin } from "./origin";
import type { DownloadRequest } from "./request";
import type { Verifier } from "./verified";

/**
 * Records of the slice asked for whose files are whole, found without asking the hub more than which commit the revision stands for (and
 * not even that when it is a commit).
 */
export async function knownRecords(
  request: DownloadRequest,
  all: Record<string, SplitRecord>,
  hub: HubClient,
  verifier: Verifier,
): Promise<Record<string, SplitRecord>> {
  const { dataset, subset, revision } = request;
  if (request.files || request.force) return {};
  const same = Object.values(all).find(
    (record) =>
      record.dataset === dataset &&
      record.source !== "files" &&
      (subset === undefined ? record.requestedSubset === null : record.subset === subset),
  );
  if (!same) return {};
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await hub.commitOf(dataset, revision);
  if (same.repositoryCommit !== commit && same.revision !== commit) return {};
  return intactRecords(request, all, { ...same, commit: same.revision }, verifier);
}

/** Records of the same slice of the same rows whose files are whole. */
export async function intactRecords(
  request: DownloadRequest,
  all: Record<string, SplitRecord>,
  rows: Pick<Origin, "dataset" | "subset" | "commit" | "source">,
  verifier: Verifier,
): Promise<Record<string, SplitRecord>> {
  const kept: Record<string, SplitRecord> = {};
  for (const [split, record] of request.force ? [] : Object.entries(all)) {
    const isSame =
      record.dataset === rows.dataset &&
      record.subset === rows.subset &&
      record.revision === rows.commit &&
      record.source === rows.source &&
      isDeepStrictEqual(orderOf(request), {
        splitPercent: record.splitPercent,
        seed: record.seed,
        onBadRow: record.onBadRow,
        columns: record.columns,
        tokenizer: record.tokenizer,
      });
    if (isSame && (await verifier.isIntact(record))) kept[split] = record;
  }
  return kept;
}

/** What of a request decides, beside the rows' origin, what is written and recorded. */
export function orderOf({
  splitPercent,
  seed,
  onBadRow,
  columns,
  tokenizer,
}: DownloadRequest): Pick<SplitRecord, "splitPercent" | "seed" | "onBadRow" | "columns" | "tokenizer"> {
  return {
    splitPercent,
    seed: seed ?? null,
    onBadRow,
    columns: columns ?? null,
    tokenizer: tokenizer ?? null,
  };
}
