/** Where rows may appear: everywhere, only in the manifest, or nowhere. Schema, counts and hashes always appear. */
export const rowPolicies = ["all", "manifest", "none"] as const;
export type RowPolicy = (typeof rowPolicies)[number];

/** What a run may show of the rows. */
export interface RowsShown {
  /** The first rows in the manifest. */
  manifest: boolean;
  /** The first rows in the log, and values of rows in messages about them. */
  messages: boolean;
}

/**
 * What a run may show. Without a policy (`rows`) everything, except to a program (`--json`): its output ends in a state and in logs, so
 * it gets the rows of a public data set only.
 * @param isPublic true for a data set that the hub reports as neither private nor gated; false for local files
 */
export function rowsShown(
  { rows, json = false }: { rows?: RowPolicy; json?: boolean },
  isPublic: boolean,
): RowsShown {
  const effective = rows ?? (json && !isPublic ? "none" : "all");
  return { manifest: effective !== "none", messages: effective === "all" };
}
