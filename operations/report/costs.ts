import { amount, hours, hourText, plural, unknownPrice } from "../../azureml/costs";
import { listPricesAsOf, type Price, priceOf, usd } from "../../azureml/prices";
import type { StackConfig } from "../../config/stackConfig";
import type { WorkspaceFacts } from "./workspaceFacts";
import type { StackFacts } from "./stackFacts";

/** What a stack has cost and costs. Amounts are estimates from prices and times, not from a bill. */
export interface Costs {
  lines: CostLine[];
  /** Sum of what is known so far; absent if no price is known. */
  soFar?: string;
  /** Sum of what runs now; absent if a price is unknown. */
  perHour?: string;
  /** Where the prices come from. */
  prices: string[];
  /** What the estimate leaves out. */
  leftOut: string;
}

export interface CostLine {
  what: string;
  machines: string;
  soFar: string;
  perHour: string;
}

interface Item {
  what: string;
  size: string;
  count: number;
  price?: Price;
  /** Machine hours so far; absent if not known. */
  machineHours?: number;
  runsNow: boolean;
}

const msPerHour = 3_600_000;

/** Estimates the costs of the training job, of idle nodes and of each deployment. */
export function costsOf(stack: StackFacts, facts: WorkspaceFacts, config: StackConfig | undefined): Costs {
  const items = [...trainingItems(stack, facts), ...clusterItems(stack, facts), ...servingItems(facts)].map(
    (item) => {
      const price = item.price ?? lookUp(item, facts, config);
      return { ...item, ...(price ? { price } : {}) };
    },
  );
  const currency = items.find(({ price }) => price)?.price?.currency ?? usd;
  const soFar = sum(
    items.filter(({ price, machineHours }) => price && machineHours !== undefined),
    (item) => item.machineHours! * item.price!.perHour,
  );
  const running = items.filter(({ runsNow, count }) => runsNow && count > 0);
  return {
    lines: items.map(lineOf),
    ...(items.some(({ price }) => price) ? { soFar: amount(soFar, currency) } : {}),
    ...(running.every(({ price }) => price)
      ? {
          perHour: hourText(
            sum(running, ({ count, price }) => count * price!.perHour),
            currency,
          ),
        }
      : {}),
    prices: [...new Set(items.flatMap(({ price }) => price?.origin ?? []))],
    leftOut: `Not counted: earlier trainings and deployments that are deleted, nodes while they start and before they scale down, storage, network and logs. The built-in table is of ${listPricesAsOf.date} (${listPricesAsOf.source}).`,
  };
}

function trainingItems({ job }: StackFacts, { current, now }: WorkspaceFacts): Item[] {
  const size = job?.size;
  if (!current || !size) return [];
  const { startedAt, endedAt } = current.times ?? {};
  const isRunning = !current.job.hasEnded;
  const end = endedAt ?? (isRunning ? now : undefined);
  return [
    {
      what: "training",
      size: size.size,
      count: size.nodes,
      ...(size.price ? { price: size.price } : {}),
      ...(startedAt === undefined || end === undefined
        ? {}
        : { machineHours: (size.nodes * Math.max(0, end - startedAt)) / msPerHour }),
      runsNow: isRunning,
    },
  ];
}

/** Nodes that exist although no training runs. */
function clusterItems({ job }: StackFacts, { current, computes }: WorkspaceFacts): Item[] {
  if (!job || !current?.job.hasEnded) return [];
  const own = computes.filter(
    ({ name, nodes }) => nodes > 0 && current.job.parameters.compute_finetune === name,
  );
  return own.map(({ name, size, nodes }) => ({
    what: `nodes of ${name}`,
    size,
    count: nodes,
    runsNow: true,
  }));
}

function servingItems({ deployments, now }: WorkspaceFacts): Item[] {
  return deployments.map(({ name, instanceType, instances, createdAt }) => {
    const since = Date.parse(createdAt);
    return {
      what: `deployment ${name}`,
      size: instanceType,
      count: instances,
      ...(Number.isFinite(since) ? { machineHours: (instances * Math.max(0, now - since)) / msPerHour } : {}),
      runsNow: true,
    };
  });
}

function lookUp({ size }: Item, { location, regionPrices }: WorkspaceFacts, config: StackConfig | undefined) {
  const { prices = {}, currency = usd } = config?.budget ?? {};
  return priceOf(size, "dedicated", { own: prices, currency, region: regionPrices, location });
}

function lineOf({ what, size, count, price, machineHours, runsNow }: Item): CostLine {
  const known = price ? undefined : unknownPrice(size);
  return {
    what,
    machines: `${count} × ${size}`,
    soFar:
      machineHours === undefined
        ? "not known"
        : `${plural(hours(machineHours), "machine hour")}, ${price ? amount(machineHours * price.perHour, price.currency) : (known ?? "")}`,
    perHour: runsNow ? (price ? hourText(count * price.perHour, price.currency) : (known ?? "")) : "ended",
  };
}

const sum = <T>(items: readonly T[], valueOf: (item: T) => number): number =>
  items.reduce((total, item) => total + valueOf(item), 0);
