import type { Case, Mode } from "./cases";
import { faultKinds } from "./requests";

/**
 * A fixed sample: the first request of every route with one of the faults in turn, and of every route that changes
 * something also the death after it. Of an adopted workspace, only the routes that change something.
 */
export function sampleOf(mode: Mode, requests: readonly { name: string; route: string }[]): Case[] {
  const first = new Map<string, string>();
  for (const { name, route } of requests) if (!first.has(route)) first.set(route, name);
  const routes = [...first].sort(([a], [b]) => (a < b ? -1 : 1));
  return routes.flatMap(([route, request], index): Case[] => {
    const isChange = /^(PUT|DELETE|POST|PATCH)/.test(route);
    const turn = faultKinds[(index + (mode === "adopt" ? 3 : 0)) % faultKinds.length] ?? "drop";
    const inTurn: Case[] = mode === "create" || isChange ? [{ mode, kind: turn, request }] : [];
    if (!isChange || turn === "die-after") return inTurn;
    return [...inTurn, { mode, kind: "die-after", request }];
  });
}
