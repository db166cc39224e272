import { LOOPBACK } from "./constants";

export function withLoopback(list: string | undefined): string {
  const entries = (list ?? "").split(",").map((entry) => entry.trim());
  return [...new Set([...entries, LOOPBACK, "localhost"])].filter(Boolean).join(",");
}
