import { FIXTURES } from "./fixtures";
import { pricesAsOf, sizes, smallChangeUsd } from "./prices";
import { type Cost, isCallProbe, type Need } from "./probe";
import type { Assumption } from "./table";

export interface Selection {
  withGpu: boolean;
  /** Ids to settle. Default: all. */
  only?: readonly string[];
}

export interface Plan {
  probes: readonly Assumption[];
  /** Not part of the run, with the reason. */
  left: ReadonlyArray<{ assumption: Assumption; why: string }>;
  /** Shared resources in the order of their creation. */
  needs: readonly Need[];
  usd: number;
}

/** Prices an hour by size, from the region. */
export type Prices = Readonly<Record<string, number>>;

/** Decides what a run does. Sends no request. */
export function planRun(table: readonly Assumption[], selection: Selection, prices: Prices = {}): Plan {
  const probes: Assumption[] = [];
  const left: Array<{ assumption: Assumption; why: string }> = [];
  for (const assumption of table) {
    const { probe, id } = assumption;
    if (selection.only && !selection.only.includes(id))
      left.push({ assumption, why: "not selected with --only" });
    else if (!isCallProbe(probe)) left.push({ assumption, why: `not settled by calls: ${probe.notByCalls}` });
    else if (probe.cost === "gpu" && !selection.withGpu) left.push({ assumption, why: "needs --with-gpu" });
    else probes.push(assumption);
  }
  const needs = inOrder(probes.flatMap(({ probe }) => (isCallProbe(probe) ? probe.needs : [])));
  const usd =
    probes.length === 0 ? 0 : smallChangeUsd + needs.reduce((sum, need) => sum + fixtureUsd(need, prices), 0);
  return { probes, left, needs, usd };
}

/** The needed resources, each after those it depends on. */
export function inOrder(wanted: readonly Need[]): Need[] {
  const ordered: Need[] = [];
  const visit = (need: Need): void => {
    if (ordered.includes(need)) return;
    FIXTURES[need].after.forEach(visit);
    ordered.push(need);
  };
  // "group" first: most paths are below it.
  (["group", ...wanted] as const).forEach(visit);
  return ordered;
}

function fixtureUsd(need: Need, prices: Prices): number {
  const { hours } = FIXTURES[need];
  if (!hours) return 0;
  const { name, usdPerHour } = sizes[hours.size];
  return hours.count * (prices[name] ?? usdPerHour);
}

const costText: Readonly<Record<Cost, string>> = {
  free: "free",
  cheap: "cents, no GPU",
  gpu: "GPU",
};

/** The plan as text: what it creates, each probe with its cost, and the sum. */
export function planText(plan: Plan, prices: Prices = {}): string {
  const dollars = (usd: number): string => (usd < 0.01 ? "less than $0.01" : `about $${usd.toFixed(2)}`);
  const cost = (assumption: Assumption): string =>
    isCallProbe(assumption.probe) ? costText[assumption.probe.cost] : "-";
  return [
    `This run creates, uses and deletes (prices as of ${pricesAsOf.date}, ${Object.keys(prices).length > 0 ? "the region's own estimates where it reports them" : pricesAsOf.source}):`,
    ...plan.needs.map((need) => `  ${FIXTURES[need].what}: ${dollars(fixtureUsd(need, prices))}`),
    `  storage, key vault and requests: ${dollars(smallChangeUsd)}`,
    "",
    `It settles ${plan.probes.length} assumptions:`,
    ...plan.probes.map((assumption) => `  ${assumption.id} (${cost(assumption)}): ${assumption.statement}`),
    "",
    `It leaves ${plan.left.length} unsettled.`,
    `Together ${dollars(plan.usd)}, if every deletion succeeds.`,
    "",
  ].join("\n");
}
