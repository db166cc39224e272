import { LOOPBACK } from "./constants";

/** A NO_PROXY list with this machine in it. */
export function withLoopback(list: string | undefined): string {
  const entries = (list ?? "").split(",").map((entry) => entry.trim());
  return [...new Set([...entries, LOOPBACK, "localhost"])].filter(Boolean).join(",");
}
