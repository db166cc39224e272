import { valueFor, type PerEnvironment } from "../environments";
import { at, listOf, type ResourceRule } from "../rule";
import { types } from "../types";

/** GPU machines that cost a few dollars per hour. Source of the names: Azure's documentation of GPU accelerated VM sizes. */
const small = ["Standard_NC*_T4_v3", "Standard_NV*_A10_v5", "Standard_NC*_A100_v4"];
/** Also machines with eight GPUs, and H100. */
const large = [...small, "Standard_NC*_H100_v5", "Standard_ND96*"];

const allowedSizes: PerEnvironment<string[]> = { other: small, local: large, prod: large };

const pathOf: Readonly<Record<string, string>> = {
  [types.cluster]: "properties.properties.vmSize",
  [types.deployment]: "properties.instanceType",
};

export const gpuSizes: ResourceRule = {
  kind: "resource",
  name: "gpu-sizes",
  description: "Clusters and deployments use GPU sizes that their environment allows.",
  types: [types.cluster, types.deployment],
  settings: {
    allowed: listOf("GPU sizes by environment; * stands for any characters.", allowedSizes),
  },
  check({ type, props }, { environment }, { allowed }) {
    const property = pathOf[type] ?? "";
    const size = at(props, property);
    // Sizes without a GPU are a matter of the model's own list of sizes, which preflight applies.
    if (typeof size !== "string" || !/^Standard_N/i.test(size)) return [];
    const patterns = valueFor(environment, allowed as Partial<Record<string, string[]>>, allowedSizes);
    if (patterns.some((pattern) => matches(pattern, size))) return [];
    const setting = type === types.cluster ? "compute.size" : "endpoint.instanceType";
    return [
      {
        property,
        seen: size,
        allowed: `${patterns.join(", ")} in environment ${environment}`,
        remedy: `Choose another ${setting}, or allow the size in the configuration of this policy.`,
      },
    ];
  },
};

/** Azure compares sizes without case. */
function matches(pattern: string, size: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(size);
}
