import { hourlyCost, hourText, type Machines } from "../../azureml/costs";
import { listPricesAsOf, priceOf, usd } from "../../azureml/prices";
import type { Inventory } from "../../local/cloud/inventory";

/** The lines of `npm run local -- status` about what Azure would bill, with the list prices of machines. */
export function billableResources(inventory: Inventory): string[] {
  if (inventory.empty) return ["billable resources: none"];
  const { clusters, endpoints, deployments, jobs, workspaces, standing } = inventory;
  const groupOf = (id: string): string => /\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? "";
  const isOneStack = new Set(standing.map(({ id }) => groupOf(id))).size <= 1;
  const where = (id: string): string => (isOneStack ? "" : `  (${groupOf(id)})`);
  const machines: Machines[] = [];
  const counted = (what: string, size: unknown, count: number, lowPriority = false): string => {
    const one = machinesOf(String(size), count, lowPriority);
    machines.push(one);
    return `${count} ${what} ${one.size}, ${costText([one])}`;
  };
  return [
    "billable resources (each would cost money on Azure while it exists):",
    ...clusters.map(
      ({ id, name, vmSize, vmPriority, nodes }) =>
        `  cluster ${name}: ${counted("nodes of", vmSize, nodes, vmPriority === "LowPriority")}${where(id)}`,
    ),
    ...endpoints.map(({ id, name }) => `  endpoint ${name}${where(id)}`),
    ...deployments.map(
      ({ id, name, instanceType, instances }) =>
        `  deployment ${name}: ${counted("×", instanceType, Number(instances))}${where(id)}`,
    ),
    ...jobs.map(({ id, name, status: state }) => `  job ${name}: ${String(state)}${where(id)}`),
    ...workspaces.map(({ id, name }) => `  workspace ${name}${where(id)}`),
    ...standing.map(({ kind, id, name }) => `  ${kind} ${name}${where(id)}`),
    `machines at this moment: ${costText(machines)} (${listPricesAsOf.source}, ${listPricesAsOf.date})`,
  ];
}

function machinesOf(size: string, count: number, lowPriority: boolean): Machines {
  const sources = { own: {}, currency: usd, region: [], location: "" };
  const price = priceOf(size, lowPriority ? "lowPriority" : "dedicated", sources);
  return { size, count, ...(price && { price }) };
}

/** All of the machines together. */
function costText(machines: readonly Machines[]): string {
  const cost = hourlyCost(machines);
  return cost === undefined ? "price unknown" : hourText(cost, usd);
}
