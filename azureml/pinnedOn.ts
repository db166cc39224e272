/**
 * Key of `modelProperties` with the day of pinning (YYYY-MM-DD, UTC). It is no output of its own: Pulumi treats an output
 * that a state lacks as unknown in a preview, and states of version 0.1.0 would lack it.
 */
export const pinnedOnProperty = "lookup.pinnedOn";
