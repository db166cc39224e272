import type { Price } from "./prices";

/** What a training may use: a job is canceled at its deadline, and an `up` starts at most one. */
export interface TrainingSize {
  /** VM size of a node. */
  size: string;
  lowPriority: boolean;
  /** Nodes that train at the same time. */
  nodes: number;
  /** GPUs of a node. All of them are billed, also those that the training does not use. */
  gpusPerNode: number;
  /** Price of a node; absent if unknown. */
  price?: Price;
}

interface TrainingBound {
  nodeHours: number;
  gpuHours: number;
  /** Absent if the price is unknown. */
  cost?: number;
}

/** The most that a training can use until its deadline. Queueing counts, although a node that does not exist is not billed. */
export function trainingBound(training: TrainingSize, deadlineMinutes: number): TrainingBound {
  const nodeHours = (training.nodes * deadlineMinutes) / 60;
  return {
    nodeHours,
    gpuHours: nodeHours * training.gpusPerNode,
    ...(training.price ? { cost: nodeHours * training.price.perHour } : {}),
  };
}

/** `at most 24 node-hours of Standard_NC24ads_A100_v4 (24 GPU-hours, 88.15 USD)`. */
export function boundText(training: TrainingSize, deadlineMinutes: number): string {
  const { nodeHours, gpuHours, cost } = trainingBound(training, deadlineMinutes);
  const { size, price, lowPriority } = training;
  const what = plural(hours(nodeHours), `${lowPriority ? "low-priority " : ""}node-hour`);
  const money = price && cost !== undefined ? amount(cost, price.currency) : unknownPrice(size);
  return `at most ${what} of ${size} (${plural(hours(gpuHours), "GPU-hour")}, ${money})`;
}

/** Machines that are billed by the hour. */
export interface Machines {
  size: string;
  count: number;
  /** Price of one; absent if unknown. */
  price?: Price;
}

/** Cost of the machines an hour; `undefined` if a price is unknown. */
export function hourlyCost(machines: readonly Machines[]): number | undefined {
  return machines.reduce<number | undefined>((sum, { count, price }) => {
    if (count === 0) return sum;
    return sum === undefined || !price ? undefined : sum + count * price.perHour;
  }, 0);
}

/** Hours of an average month, as Azure's price pages count. */
export const hoursPerMonth = 730;

/** `3.67 USD per hour, 2,681 USD per month`. */
export function rateText({ size, count, price }: Machines): string {
  if (!price) return unknownPrice(size);
  const { perHour, currency } = price;
  const month = grouped((count * perHour * hoursPerMonth).toFixed(0));
  return `${hourText(count * perHour, currency)}, ${month} ${currency} per month`;
}

export const hourText = (perHour: number, currency: string): string =>
  `${amount(perHour, currency)} per hour`;

export const unknownPrice = (size: string): string => `price unknown, set budget.prices.${size}`;

/** `2,681.29 USD`. */
export function amount(value: number, currency: string): string {
  const [whole = "", cents = ""] = value.toFixed(2).split(".");
  return `${grouped(whole)}.${cents} ${currency}`;
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** Hours with at most two digits after the point; a short time is not shown as 0. */
export function hours(value: number): string {
  const rounded = Number(value.toFixed(2));
  return rounded === 0 && value > 0 ? "0.01" : String(rounded);
}

export const plural = (number: string, noun: string): string =>
  `${number} ${noun}${number === "1" ? "" : "s"}`;
