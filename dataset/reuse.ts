import { isDeepStrictEqual } from "node:util";
import { columnMapping } from "./columns";
import type { HubClient } from "./hub";
import type { SplitRecord } from "./manifest";
import type { Origin } from "./origin";
import type { DatasetRequest } from "./request";
import type { Verifier } from "./verified";

/**
 * Records of the requested slice whose files are intact. Sends at most one request to the hub, for the commit
 * of the revision, and none when the revision is a commit.
 */
export async function reusableRecords(
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
  if (!same || same.isPublic === undefined) return {};
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : (await hub.info(name, revision)).commit;
  if (same.repositoryCommit !== commit && same.revision !== commit) return {};
  return intactRecords(request, all, { ...same, commit: same.revision }, verifier);
}

/** Records of the same slice of the same rows whose files are intact. */
export async function intactRecords(
  request: DatasetRequest,
  all: Record<string, SplitRecord>,
  rows: Pick<Origin, "dataset" | "subset" | "commit" | "source">,
  verifier: Verifier,
): Promise<Record<string, SplitRecord>> {
  const kept: Record<string, SplitRecord> = {};
  for (const [split, record] of request.force ? [] : Object.entries(all)) {
    const { splitPercent, seed, onBadRow, columns, tokenizer, reading, split: division } = record;
    const recorded = { splitPercent, seed, onBadRow, columns, tokenizer, reading, split: division };
    const isSame =
      record.dataset === rows.dataset &&
      record.subset === rows.subset &&
      record.revision === rows.commit &&
      record.source === rows.source &&
      isDeepStrictEqual(recordedSettings(request), recorded);
    if (isSame && (await verifier.isIntact(record))) kept[split] = record;
  }
  return kept;
}

/**
 * The settings of a request that decide, together with the origin of the rows, what is written. They are
 * recorded in the manifest.
 */
export function recordedSettings(
  request: DatasetRequest,
): Pick<SplitRecord, "splitPercent" | "seed" | "onBadRow" | "columns" | "tokenizer" | "reading" | "split"> {
  const { splitPercent, sampleSeed, onBadRow, tokenizer, format, encoding, toolTurns, split } = request;
  const onLongRow = request.onLongRow === "cut" ? undefined : request.onLongRow;
  const reading = Object.entries({ format, encoding, toolTurns, onLongRow }).filter(([, value]) => value);
  return {
    splitPercent,
    seed: sampleSeed ?? null,
    onBadRow,
    columns: columnMapping(request) ?? null,
    tokenizer: tokenizer ?? null,
    reading: reading.length > 0 ? (Object.fromEntries(reading) as Record<string, string>) : undefined,
    split,
  };
}
