import { apiVersions, armGetJson, armList } from "./arm";
import type { AzureSession } from "./session";

/** A virtual machine size that Azure ML offers in a region. */
export interface VmSize {
  name: string;
  family: string;
  vCpus: number;
  gpus: number;
  memoryGb: number;
  lowPriorityCapable: boolean;
  /** For example `AmlCompute`, `ComputeInstance`. Empty if the service does not report it. */
  supportedComputeTypes: string[];
  /** Estimated prices of a Linux machine in US dollars an hour. Absent if the service reports none. */
  prices?: { dedicated?: number; lowPriority?: number };
}

/** Usage and limit of one Azure ML quota in a region. */
export interface ComputeUsage {
  /** ARM id. Contains `/workspaces/` for a workspace's share and `/computes/` for a cluster's. */
  id: string;
  /** For example `Microsoft.MachineLearningServices/vmFamily/dedicatedCores/usages`. */
  type: string;
  /** Machine name, for example `standardNCADSA100v4Family`, or a total such as `TotalLowPriorityCores`. */
  name: string;
  displayName: string;
  current: number;
  limit: number;
  unit: string;
}

const locationPath = (subscriptionId: string, location: string): string =>
  `/subscriptions/${subscriptionId}/providers/Microsoft.MachineLearningServices/locations/${location}`;

/** All sizes of a region (`locations/<l>/vmSizes`). Names are case-insensitive. */
export async function listVmSizes(
  session: AzureSession,
  subscriptionId: string,
  location: string,
): Promise<VmSize[]> {
  const body = await armGetJson(session, {
    path: `${locationPath(subscriptionId, location)}/vmSizes`,
    apiVersion: apiVersions.machineLearning,
    what: `compute sizes in "${location}"`,
  });
  return parseVmSizes(body);
}

/** The sizes in an answer of `locations/<l>/vmSizes`. */
export function parseVmSizes(body: unknown): VmSize[] {
  const { value = [] } = (body ?? {}) as { value?: Array<Record<string, unknown>> };
  return value.map((size) => ({
    name: String(size.name),
    family: String(size.family ?? ""),
    vCpus: Number(size.vCPUs ?? 0),
    gpus: Number(size.gpus ?? 0),
    memoryGb: Number(size.memoryGB ?? 0),
    lowPriorityCapable: size.lowPriorityCapable === true,
    supportedComputeTypes: (size.supportedComputeTypes ?? []) as string[],
    ...estimatedPrices(size),
  }));
}

/**
 * Prices in the member `estimatedVMPrices` of a size (VirtualMachineSizes_List, Azure/azure-rest-api-specs). Microsoft's own
 * client reads the same member and relies on it (PyPI azure-ai-resources, operations/_single_deployment_operations.py).
 */
function estimatedPrices({ estimatedVMPrices }: Record<string, unknown>): Pick<VmSize, "prices"> {
  const { values = [], billingCurrency = "USD" } = (estimatedVMPrices ?? {}) as {
    billingCurrency?: string;
    values?: Array<{ retailPrice?: number; osType?: string; vmTier?: string }>;
  };
  if (billingCurrency !== "USD") return {};
  const priceOf = (tier: string): number | undefined =>
    values.find(({ osType, vmTier }) => osType === "Linux" && vmTier === tier)?.retailPrice || undefined;
  const dedicated = priceOf("Standard");
  const lowPriority = priceOf("LowPriority");
  if (dedicated === undefined && lowPriority === undefined) return {};
  return {
    prices: {
      ...(dedicated === undefined ? {} : { dedicated }),
      ...(lowPriority === undefined ? {} : { lowPriority }),
    },
  };
}

/** Price in US dollars of one hour of a dedicated Linux machine, by size, as far as `locations/<l>/vmSizes` reports it. */
export function listVmSizePrices(body: unknown): Record<string, number> {
  const prices = parseVmSizes(body).flatMap(({ name, prices: { dedicated } = {} }) =>
    dedicated === undefined ? [] : [[name, dedicated] as const],
  );
  return Object.fromEntries(prices);
}

/** Azure ML quotas of a region with their usage (`locations/<l>/usages`). */
export async function listUsages(
  session: AzureSession,
  subscriptionId: string,
  location: string,
): Promise<ComputeUsage[]> {
  const usages = (await armList(session, {
    path: `${locationPath(subscriptionId, location)}/usages`,
    apiVersion: apiVersions.machineLearning,
    what: `quotas in "${location}"`,
  })) as Array<Record<string, unknown>>;
  return usages.map((usage) => {
    const name = (usage.name ?? {}) as { value?: string; localizedValue?: string };
    return {
      id: String(usage.id ?? ""),
      type: String(usage.type ?? ""),
      name: name.value ?? "",
      displayName: name.localizedValue ?? name.value ?? "",
      current: Number(usage.currentValue ?? 0),
      limit: Number(usage.limit ?? 0),
      unit: String(usage.unit ?? "Count"),
    };
  });
}
