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
import { isScaledExternally, mostInstances } from "../../config/endpoint";
import type { StackConfig } from "../../config/stackConfig";
import type { ClusterFacts } from "./cluster";

/** What was found before the costs are counted. */
interface CostFacts extends ServingFacts {
  cluster: Pick<ClusterFacts, "size" | "gpusPerNode" | "tier">;
  parameters: readonly ResolvedParameter[];
}

/** What the costs of an endpoint depend on. */
interface ServingFacts {
  location: string;
  /** The region's sizes with their prices. */
  sizes: readonly RegionPrice[];
  /** The endpoint's deployments in Azure. */
  deployments: readonly DeploymentFacts[];
}

/** The machines of a stack that trains. */
export interface CostPlan extends ServingPlan {
  training: TrainingSize;
  /** Nodes of a created cluster that are billed while no job runs. */
  idle: Machines;
}

/** The machines of an endpoint. */
export interface ServingPlan {
  /** The deployment of the endpoint. Shown as a saving if the endpoint is disabled. */
  endpoint: Machines;
  /** Both deployments while a new model version takes over: the new one and those in Azure. */
  rollOut: Machines[];
}

/** Counts the machines of a stack and finds their prices. */
export function costPlan(config: StackConfig, facts: CostFacts): CostPlan {
  const { compute } = config;
  const { cluster } = facts;
  const nodePrice = priceOf(cluster.size, cluster.tier, priceSources(config, facts));
  const node = nodePrice ? { price: nodePrice } : {};
  return {
    training: {
      size: cluster.size,
      lowPriority: cluster.tier === "lowPriority",
      nodes: Number(pipelineInputs(facts.parameters).num_nodes_finetune ?? 1),
      gpusPerNode: cluster.gpusPerNode,
      ...node,
    },
    idle: { size: cluster.size, count: compute.mode === "create" ? compute.minNodes : 0, ...node },
    ...servingPlan(config, facts),
  };
}

/** Counts the machines of the endpoint and finds their prices. */
export function servingPlan(config: StackConfig, facts: ServingFacts): ServingPlan {
  const { endpoint } = config;
  const { deployments } = facts;
  const machines = (size: string, count: number): Machines => {
    const price = priceOf(size, "dedicated", priceSources(config, facts));
    return { size, count, ...(price ? { price } : {}) };
  };
  const running = deployments.map(({ instances }) => instances);
  // Another service may have added instances, and keeps them for the present deployment only. With autoscale the most counts.
  const serving = machines(endpoint.instanceType, mostInstances(endpoint));
  return {
    endpoint: isScaledExternally(endpoint)
      ? { ...serving, count: Math.max(serving.count, ...running) }
      : serving,
    rollOut:
      deployments.length === 0
        ? [serving, serving]
        : [
            serving,
            ...deployments.map((one) =>
              machines(
                one.instanceType || endpoint.instanceType,
                Math.max(one.instances, endpoint.autoscale?.max ?? 0),
              ),
            ),
          ],
  };
}

function priceSources({ budget }: StackConfig, { sizes, location }: ServingFacts) {
  return { own: budget.prices, currency: budget.currency, region: sizes, location };
}

/** The machines that can be billed at the same time: the nodes of a training, or idle ones, and two deployments. */
function atOnce({ endpoint }: StackConfig, plan: CostPlan | ServingPlan): Array<Machines & { role: string }> {
  const nodes =
    "training" in plan
      ? [{ ...plan.idle, count: Math.max(plan.idle.count, plan.training.nodes), role: "cluster" }]
      : [];
  const deployments = (endpoint.enabled ? plan.rollOut : []).map((one, index) => ({
    ...one,
    role: `${index === 0 ? "new" : "present"} deployment`,
  }));
  return [...nodes, ...deployments].filter(({ count }) => count > 0);
}

/** The problem of `budget.maxHourlyCost`, if the machines could cost more, or if a price is missing. */
export function budgetProblems(
  project: string,
  config: StackConfig,
  plan: CostPlan | ServingPlan,
): Problem[] {
  const { maxHourlyCost, currency } = config.budget;
  if (maxHourlyCost === undefined) return [];
  const property = `${project}:budget.maxHourlyCost`;
  const machines = atOnce(config, plan);
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
  const parts = machines.map((one) => `${one.role} ${part(one)}`);
  return [
    {
      property,
      seen: `an hour could cost ${amount(cost, currency)}: ${parts.join(", ")}`,
      allowed: `at most ${amount(maxHourlyCost, currency)} per hour`,
      remedy: `Set a smaller compute.size or endpoint.instanceType, fewer nodes (compute.minNodes, finetune.numNodesFinetune), endpoint.instanceCount or endpoint.autoscale.max, endpoint.enabled: false, or raise the limit.`,
    },
  ];
}

const part = ({ size, count, price }: Machines): string =>
  `${count} × ${size}${price ? ` (${amount(count * price.perHour, price.currency)})` : ""}`;

/**
 * What the machines of the stack cost, for the log of preview and up. Storage, network, registry and logs are not counted. The
 * cost of a training is printed by its resource, which knows whether there is one.
 */
export function costLines(config: StackConfig, plan: CostPlan | ServingPlan): string[] {
  const { endpoint, rollOut } = plan;
  const all = [...("idle" in plan ? [plan.idle] : []), endpoint, ...(config.endpoint.enabled ? rollOut : [])];
  const origins = [...new Set(all.flatMap(({ price }) => (price ? [price.origin] : [])))];
  return [
    `Cost of machines (${[...origins, `a month is ${hoursPerMonth} h`].join("; ")}):`,
    ...("training" in plan ? [`  cluster: ${clusterText(config, plan.training, plan.idle)}`] : []),
    ...(config.endpoint.enabled
      ? [`  endpoint: ${instancesText(config.endpoint, endpoint)}`, ...rollOutLine(rollOut)]
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

function instancesText({ autoscale }: StackConfig["endpoint"], endpoint: Machines): string {
  const { size, count } = endpoint;
  if (!autoscale) return `${count} × ${size}, ${rateText(endpoint)}`;
  const least = { ...endpoint, count: autoscale.min };
  return `${autoscale.min} to ${count} × ${size} by load, ${rateText(least)} up to ${rateText(endpoint)}`;
}

function rollOutLine(rollOut: Machines[]): string[] {
  const cost = hourlyCost(rollOut);
  const currency = rollOut[0]?.price?.currency;
  if (cost === undefined || currency === undefined) return [];
  return [`  roll-out: ${rollOut.length} deployments at the same time, ${hourText(cost, currency)}`];
}
