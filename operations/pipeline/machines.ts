import { hourlyCost, hoursPerMonth, type Machines } from "../../azureml/costs";
import { listPrice, usd } from "../../azureml/prices";
import { type EngineStep, typeOf } from "./engineJson";

/** What the machines of a stack cost that exist all the time. */
export interface StandingCost {
  /** `2 × Standard_NC24ads_A100_v4`; empty if there are none. */
  machines: string[];
  /** An average month; absent if a price is unknown. */
  perMonth?: number;
  currency: string;
}

type Prices = ReadonlyMap<string, { perHour: number; currency: string }>;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

/** The machines in the inputs of a deployment or of a cluster. */
function machinesIn(type: string, inputs: unknown): { size: string; count: number } | undefined {
  const { properties, sku } = record(inputs);
  if (type.endsWith(":OnlineDeployment")) {
    const [size, count] = [record(properties).instanceType, record(sku).capacity ?? 1];
    return typeof size === "string" ? { size, count: Number(count) } : undefined;
  }
  if (!type.endsWith(":Compute")) return undefined;
  const cluster = record(record(properties).properties);
  const count = Number(record(cluster.scaleSettings).minNodeCount ?? 0);
  return typeof cluster.vmSize === "string" ? { size: cluster.vmSize, count } : undefined;
}

/**
 * Cost of the deployments and of the nodes that a cluster keeps, before and after the update. A training is not counted: the
 * program prints its bound.
 * @param steps with the unchanged resources (`--show-sames`).
 * @param notes lines that the program printed: its prices are those of the region.
 */
export function standingCosts(
  steps: readonly EngineStep[],
  notes: readonly string[],
): { before: StandingCost; after: StandingCost } {
  const prices = printedPrices(notes);
  // A replacement has several steps: each resource counts once.
  const [before, after] = [new Map<string, unknown>(), new Map<string, unknown>()];
  for (const { op, urn, oldState, newState } of steps) {
    if (oldState && !op.startsWith("create")) before.set(urn, oldState.inputs);
    if (newState && !op.startsWith("delete")) after.set(urn, newState.inputs);
  }
  const total = (states: ReadonlyMap<string, unknown>): StandingCost =>
    costOf(
      [...states].flatMap(([urn, inputs]) => machinesIn(typeOf(urn), inputs) ?? []),
      prices,
    );
  return { before: total(before), after: total(after) };
}

function costOf(all: readonly { size: string; count: number }[], prices: Prices): StandingCost {
  const machines = all.filter(({ count }) => count > 0).map((one) => priced(one, prices));
  const perHour = hourlyCost(machines);
  const currencies = new Set(machines.flatMap(({ price }) => (price ? [price.currency] : [])));
  return {
    machines: machines.map(({ size, count }) => `${count} × ${size}`),
    currency: [...currencies][0] ?? usd,
    ...(perHour !== undefined && currencies.size <= 1 ? { perMonth: perHour * hoursPerMonth } : {}),
  };
}

function priced({ size, count }: { size: string; count: number }, prices: Prices): Machines {
  const printed = prices.get(size.toLowerCase());
  if (printed) return { size, count, price: { ...printed, origin: "preview" } };
  const perHour = listPrice(size);
  return perHour === undefined
    ? { size, count }
    : { size, count, price: { perHour, currency: usd, origin: "list price" } };
}

/** Prices in the program's own cost lines: `1 × <size>, 3.67 USD per hour`, `3.67 USD per node-hour of <size>`. */
function printedPrices(notes: readonly string[]): Prices {
  const prices = new Map<string, { perHour: number; currency: string }>();
  const add = (size: string, amount: string, count: string, currency: string): void => {
    const perHour = Number(amount.replaceAll(",", "")) / Number(count);
    if (Number.isFinite(perHour)) prices.set(size.toLowerCase(), { perHour, currency });
  };
  for (const note of notes) {
    const serving = /(\d+) × (\w+), ([\d,.]+) ([A-Z]{3}) per hour/.exec(note);
    if (serving) add(serving[2] ?? "", serving[3] ?? "", serving[1] ?? "", serving[4] ?? "");
    const node = /([\d,.]+) ([A-Z]{3}) per node-hour of (\w+)/.exec(note);
    if (node) add(node[3] ?? "", node[1] ?? "", "1", node[2] ?? "");
  }
  return prices;
}
