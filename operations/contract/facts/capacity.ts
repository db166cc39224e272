import type { Facts } from "../fact";

export const CAPACITY_FACTS = {
  "size-offered-in-region": {
    statement: "a VM size that the region does not offer is refused",
    confidence: "documented",
    source: "how-to-manage-quotas: sizes differ by region",
  },
  "retired-size-refused": {
    statement:
      "a retired VM size is refused for anything new; what runs on it can still be changed otherwise",
    confidence: "documented",
    source:
      "MicrosoftDocs/azure-compute-docs, retired-sizes-list.md: no longer provisioned; the code and the exception are inferred",
  },
  "size-offered-for-endpoints": {
    statement: "managed endpoints support only the VM sizes in their list",
    confidence: "documented",
    source: "reference-managed-online-endpoints-vm-sku-list",
  },
  "cluster-within-quota": {
    statement:
      "a cluster requires quota of its family for its minimum of nodes, at least one; low priority has a separate quota",
    confidence: "observed",
    source:
      "ClusterMinNodesExceedCoreQuota in public reports of 2026, by family and in total; message in dotnet/machinelearning-modelbuilder#2140",
  },
  "job-within-quota": {
    statement: "a step fails if its nodes need more cores than the family's quota",
    confidence: "observed",
    source: "message and code in MicrosoftLearning/mslearn-dp100#35",
  },
  "nodes-within-cluster": {
    statement: "a step cannot request more nodes than its cluster's maximum",
    confidence: "inferred",
    source: "maxNodeCount of the cluster",
  },
  "surge-reserve": {
    statement:
      "endpoints reserve 20 percent more instances for upgrades, rounded up, except for some GPU sizes",
    confidence: "documented",
    source: "how-to-manage-quotas: virtual machine quota allocation for deployment",
  },
  "quotas-shared": {
    statement: "clusters' nodes and endpoints' instances count against the same quota of a family",
    confidence: "observed",
    source:
      "public report of 2026: a deployment was refused with 'Current usage/limit: 4/6' while a cluster held 4 cores, and a job stayed in Queued while an endpoint held them",
  },
  "quota-names": {
    statement:
      "usages list a family twice under one name, told apart by type (dedicatedCores, lowPriorityCores), and totals as TotalDedicatedCores and TotalLowPriorityCores; -1 means no limit",
    confidence: "observed",
    source:
      "public reports of 2026; the OpenAPI example Usage/list.json has other names, which the program reads too",
  },
  "deployment-within-quota": {
    statement: "a deployment requires quota of its family for all its instances and the reserve",
    confidence: "observed",
    source: "answer in MicrosoftLearning/mslearn-azure-ml#30",
  },
  "prices-of-sizes": {
    statement:
      "the list of a region's sizes has an estimated price an hour of each in US dollars, for Linux and tier Standard; the program falls back to its table without one",
    confidence: "observed",
    source:
      "estimatedVMPrices of VirtualMachineSizes_List (Azure/azure-rest-api-specs); Microsoft's client sorts sizes by it (PyPI azure-ai-resources, operations/_single_deployment_operations.py)",
  },
  "low-priority-price": {
    statement: "a low-priority node costs a fifth of a dedicated one",
    confidence: "inferred",
    source:
      "azure.microsoft.com/blog, announcing-public-preview-of-azure-batch-low-priority-vms: a fixed price for each size, up to 80 % less",
  },
} as const satisfies Facts;
