import { isDeepStrictEqual } from "node:util";
import { columnMapping } from "./columns";
import type { HubClient } from "./hub";
import type { SplitRecord } from "./manifest";
import type { Origin } from "./origin";
import type { DatasetRequest } from "./request";
import type { Verifier } from "./verified";

/**
 * Records of the slice asked for whose files are whole, found without asking the hub more than which commit the revision stands for (and
 * not even that when it is a commit).
 */
export async function knownRecords(
  request: DatasetRequest,
  all: Record<string, SplitRecord>,
  hub: HubClient,
  verifier: Verifier,
): Promise<Record<string, SplitRecord>> {
  const { name, subset, revision } = request;
  if (request.files || request.force) return {};
  const same = Object.values(all).find(
    (record) =>
      record.dataset === name &&
      record.source !== "files" &&
      (subset === undefined ? record.requestedSubset === null : record.subset === subset),
  );
  if (!same) return {};
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await hub.commitOf(name, revision);
  if (same.repositoryCommit !== commit && same.revision !== commit) return {};
  return intactRecords(request, all, { ...same, commit: same.revision }, verifier);
}

/** Records of the same slice of the same rows whose files are whole. */
export async function intactRecords(
  request: DatasetRequest,
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
export function orderOf(
  request: DatasetRequest,
): Pick<SplitRecord, "splitPercent" | "seed" | "onBadRow" | "columns" | "tokenizer"> {
  const { splitPercent, sampleSeed, onBadRow, tokenizer } = request;
  return {
    splitPercent,
    seed: sampleSeed ?? null,
    onBadRow,
    columns: columnMapping(request) ?? null,
    tokenizer: tokenizer ?? null,
  };
}
