import type { DeploymentFacts } from "../../azureml/clients/onlineEndpoints";
import {
  amount,
  hourlyCost,
  hoursPerMonth,
  hourText,
  type Machines,
  rateText,
  type TrainingSize,
  unknownPrice,
} from "../../azureml/costs";
import { pipelineInputs, type ResolvedParameter } from "../../azureml/parameters";
import { priceOf, type RegionPrice } from "../../azureml/prices";
import type { Problem } from "../../azureml/problem";
import type { StackConfig } from "../../config/stackConfig";
import type { ClusterFacts } from "./cluster";

/** What was found before the costs are counted. */
interface CostFacts {
  cluster: Pick<ClusterFacts, "size" | "gpusPerNode" | "tier">;
  parameters: readonly ResolvedParameter[];
  location: string;
  /** The region's sizes with their prices. */
  sizes: readonly RegionPrice[];
  /** The endpoint's deployments in Azure. */
  deployments: readonly DeploymentFacts[];
}

/** The machines of a stack. */
export interface CostPlan {
  training: TrainingSize;
  /** Nodes of a created cluster that are billed while no job runs. */
  idle: Machines;
  /** The deployment of the endpoint. Shown as a saving if the endpoint is disabled. */
  endpoint: Machines;
  /** Both deployments while a new model version takes over: the new one and those in Azure. */
  rollOut: Machines[];
}

/** Counts the machines of a stack and finds their prices. */
export function costPlan(config: StackConfig, facts: CostFacts): CostPlan {
  const { compute, endpoint, budget } = config;
  const { cluster, deployments } = facts;
  const sources = {
    own: budget.prices,
    currency: budget.currency,
    region: facts.sizes,
    location: facts.location,
  };
  const machines = (size: string, count: number): Machines => {
    const price = priceOf(size, "dedicated", sources);
    return { size, count, ...(price ? { price } : {}) };
  };
  const nodePrice = priceOf(cluster.size, cluster.tier, sources);
  const node = nodePrice ? { price: nodePrice } : {};
  const running = deployments.map(({ instances }) => instances);
  // Another service may have added instances, and keeps them for the present deployment only.
  const serving = machines(endpoint.instanceType, endpoint.instanceCount);
  return {
    training: {
      size: cluster.size,
      lowPriority: cluster.tier === "lowPriority",
      nodes: Number(pipelineInputs(facts.parameters).num_nodes_finetune ?? 1),
      gpusPerNode: cluster.gpusPerNode,
      ...node,
    },
    idle: { size: cluster.size, count: compute.mode === "create" ? compute.minNodes : 0, ...node },
    endpoint: endpoint.scaledExternally
      ? { ...serving, count: Math.max(serving.count, ...running) }
      : serving,
    rollOut:
      deployments.length === 0
        ? [serving, serving]
        : [
            serving,
            ...deployments.map((one) => machines(one.instanceType || endpoint.instanceType, one.instances)),
          ],
  };
}

/** The machines that can be billed at the same time: the nodes of a training, or idle ones, and two deployments. */
function atOnce({ endpoint }: StackConfig, { training, idle, rollOut }: CostPlan): Machines[] {
  const nodes = { ...idle, count: Math.max(idle.count, training.nodes) };
  return endpoint.enabled ? [nodes, ...rollOut] : [nodes];
}

/** The problem of `budget.maxHourlyCost`, if the machines could cost more, or if a price is missing. */
export function budgetProblems(project: string, config: StackConfig, plan: CostPlan): Problem[] {
  const { maxHourlyCost, currency } = config.budget;
  if (maxHourlyCost === undefined) return [];
  const property = `${project}:budget.maxHourlyCost`;
  const machines = atOnce(config, plan).filter(({ count }) => count > 0);
  const cost = hourlyCost(machines);
  if (cost === undefined) {
    const unknown = [...new Set(machines.filter(({ price }) => !price).map(({ size }) => size))];
    return [
      {
        property,
        seen: `${maxHourlyCost}, but no price in ${currency} is known for ${unknown.join(", ")}`,
        remedy: `Set ${unknown.map((size) => `budget.prices.${size}`).join(", ")}, or remove the limit.`,
      },
    ];
  }
  if (cost <= maxHourlyCost) return [];
  const [nodes, ...deployments] = machines;
  const parts = [
    nodes && `cluster ${part(nodes)}`,
    ...deployments.map((one, index) => `${index === 0 ? "new" : "present"} deployment ${part(one)}`),
  ].filter(Boolean);
  return [
    {
      property,
      seen: `an hour could cost ${amount(cost, currency)}: ${parts.join(", ")}`,
      allowed: `at most ${amount(maxHourlyCost, currency)} per hour`,
      remedy: `Set a smaller compute.size or endpoint.instanceType, fewer nodes (compute.minNodes, finetune.numNodesFinetune) or endpoint.instanceCount, endpoint.enabled: false, or raise the limit.`,
    },
  ];
}

const part = ({ size, count, price }: Machines): string =>
  `${count} × ${size}${price ? ` (${amount(count * price.perHour, price.currency)})` : ""}`;

/**
 * What the machines of the stack cost, for the log of preview and up. Storage, network, registry and logs are not counted. The
 * cost of a training is printed by its resource, which knows whether there is one.
 */
export function costLines(config: StackConfig, plan: CostPlan): string[] {
  const { training, idle, endpoint, rollOut } = plan;
  const all = [idle, endpoint, ...(config.endpoint.enabled ? rollOut : [])];
  const origins = [...new Set(all.flatMap(({ price }) => (price ? [price.origin] : [])))];
  return [
    `Cost of machines (${[...origins, `a month is ${hoursPerMonth} h`].join("; ")}):`,
    `  cluster: ${clusterText(config, training, idle)}`,
    ...(config.endpoint.enabled
      ? [`  endpoint: ${endpoint.count} × ${endpoint.size}, ${rateText(endpoint)}`, ...rollOutLine(rollOut)]
      : [`  endpoint: none (endpoint.enabled: false), saves ${rateText(endpoint)}`]),
  ];
}

function clusterText(
  { compute }: StackConfig,
  { size, lowPriority, price }: TrainingSize,
  idle: Machines,
): string {
  const kind = lowPriority ? "low-priority " : "";
  if (idle.count > 0) return `${idle.count} × ${kind}${size} while idle, ${rateText(idle)}`;
  const rate = price
    ? `${amount(price.perHour, price.currency)} per node-hour of ${kind}${size}`
    : unknownPrice(size);
  // Another owner decides how many nodes of an adopted cluster are idle.
  return compute.mode === "create" ? `${rate}, no node while idle` : rate;
}

function rollOutLine(rollOut: Machines[]): string[] {
  const cost = hourlyCost(rollOut);
  const currency = rollOut[0]?.price?.currency;
  if (cost === undefined || currency === undefined) return [];
  return [`  roll-out: ${rollOut.length} deployments at the same time, ${hourText(cost, currency)}`];
}
