import type { Inventory } from "../../local/cloud/inventory";

/** What the column "bills now" says, and what of it the local cloud must show. `served`: deployments before the failure. */
const phrases: Readonly<Record<string, (now: Inventory, served: number) => boolean>> = {
  nothing: ({ empty }) => empty,
  "nothing by the hour": (now) => machines(now) === 0,
  "nothing by the hour; an old endpoint serves": (now, served) =>
    nodes(now) === 0 && deployments(now) === served,
  "the job's nodes": (now, served) => nodes(now) > 0 && deployments(now) === served,
  "the deployment's instances": (now, served) => nodes(now) === 0 && deployments(now) > served,
  "what is not deleted yet": ({ empty }) => !empty,
  "what exists": (now, served) => nodes(now) === 0 && deployments(now) === served,
};

const nodes = ({ clusters, jobs }: Inventory): number =>
  jobs.length + clusters.reduce((sum, cluster) => sum + cluster.nodes, 0);
const deployments = (now: Inventory): number => now.deployments.length;
const machines = (now: Inventory): number => nodes(now) + deployments(now);

/** What is wrong with a cell of "bills now"; undefined if the local cloud shows the same. */
export function billsProblem(phrase: string, now: Inventory, served: number): string | undefined {
  const holds = phrases[phrase];
  if (!holds) return `"bills now" is "${phrase}"; expected one of ${Object.keys(phrases).join(" | ")}`;
  if (holds(now, served)) return undefined;
  const { clusters, jobs, deployments: all } = now;
  return `"bills now" is "${phrase}", but there are ${JSON.stringify({ clusters, jobs, deployments: all })}`;
}
