/** Clusters, sizes and quotas. */
import { Each, Including } from "./compare";
import { asyncHeaders, LOCATION, mlResource, page } from "./common";
import { amid, armLife, type Golden, type Json } from "./exchange";

const ML = "Microsoft.MachineLearningServices";
const COMPUTE = "{ws}/computes/gpu";
const COMPUTE_DOC =
  "inferred: from clients: azure-ai-ml 1.35.2 sends this PUT (reference §3, Compute PUT); from documents: AmlCompute of 2023-08-01-preview";
const cluster: Json = mlResource("computes/gpu", "computes", {
  location: LOCATION,
  tags: {},
  properties: {
    computeType: "AmlCompute",
    computeLocation: LOCATION,
    provisioningState: "Succeeded",
    description: null,
    disableLocalAuth: true,
    isAttachedCompute: false,
    resourceId: null,
    provisioningErrors: null,
    createdOn: "<time>",
    modifiedOn: "<time>",
    properties: {
      osType: "Linux",
      vmSize: "Standard_NC24ads_A100_v4",
      vmPriority: "LowPriority",
      scaleSettings: { maxNodeCount: 2, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: "PT2M" },
      remoteLoginPortPublicAccess: "NotSpecified",
      enableNodePublicIp: true,
      isolatedNetwork: false,
      allocationState: "Steady",
      currentNodeCount: 0,
      targetNodeCount: 0,
      errors: null,
      nodeStateCounts: {
        idleNodeCount: 0,
        runningNodeCount: 0,
        preparingNodeCount: 0,
        unusableNodeCount: 0,
        leavingNodeCount: 0,
        preemptedNodeCount: 0,
      },
    },
  },
});
const computeLife = armLife({
  provenance: COMPUTE_DOC,
  id: COMPUTE,
  version: "2023-08-01-preview",
  put: {
    location: LOCATION,
    properties: {
      computeType: "AmlCompute",
      disableLocalAuth: true,
      properties: {
        osType: "Linux",
        vmSize: "Standard_NC24ads_A100_v4",
        vmPriority: "LowPriority",
        scaleSettings: { maxNodeCount: 2, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: "PT2M" },
        remoteLoginPortPublicAccess: "NotSpecified",
        enableNodePublicIp: true,
      },
    },
  },
  made: { state: "Creating", has: asyncHeaders(ML, "computeOperationsStatus", "computeOperationResults") },
  resource: cluster,
  listed: (item) => ({ value: new Including([item]) }),
  patch: {
    body: { properties: { properties: { scaleSettings: { minNodeCount: 0, maxNodeCount: 4 } } } },
    changes: {
      properties: {
        properties: {
          scaleSettings: { maxNodeCount: 4, minNodeCount: 0, nodeIdleTimeBeforeScaleDown: "PT120S" },
        },
      },
    },
    state: "Updating",
  },
  deleted: 202,
});

export const computes: Golden = {
  about: "compute clusters",
  needs: "workspace",
  exchanges: [
    ...amid(computeLife, [
      {
        name: "its nodes are listed",
        provenance: "published example: Compute/listNodes.json of 2024-10-01",
        send: `POST ${COMPUTE}/listNodes?api-version=2024-04-01`,
        status: 200,
        returns: { nodes: [], nextLink: null },
      },
    ]),
  ],
};

const LOC = `{sub}/providers/${ML}/locations/westeurope`;
const FAMILY = "standardNCADSA100v4Family";
const QV = "api-version=2024-04-01";
const QUOTA_DOC = "published example: Quota/update.json of 2024-10-01";
const USAGE_DOC =
  "published example: Usage/list.json of 2024-10-01; names and types of the rows as in public reports of 2026";
const usage = (value: string, type: string, label: string, id = `{sub}/usages`): Json => ({
  id,
  type: `${ML}/${type}/usages`,
  unit: "Count",
  currentValue: "<number>",
  limit: type === "vmFamily/lowPriorityCores" ? -1 : "<number>",
  name: { value, localizedValue: label },
});
const familyUsage = (kind: string, type: string): Json =>
  usage(
    FAMILY,
    `vmFamily/${type}`,
    `Standard NCADSA100v4 Family Cluster ${kind} vCPUs`,
    `{sub}/usages/Standard_NCADSA100v4_Family_Cluster_${kind}_vCPUs`,
  );
const quotaId = "{sub}/quotas/Standard_NCADSA100v4_Family_Cluster_Dedicated_vCPUs";
const quotaType = `${ML}/vmFamily/dedicatedCores/quotas`;
const price = (vmTier: string): Json => ({ retailPrice: "<number>", osType: "Linux", vmTier });

export const quotas: Golden = {
  about: "sizes, cores in use and quotas",
  needs: "nothing",
  exchanges: [
    {
      name: "sizes are listed",
      provenance: "published example: VirtualMachineSize/list.json of 2024-10-01",
      send: `GET ${LOC}/vmSizes?${QV}`,
      status: 200,
      returns: {
        value: new Each({
          name: "<text>",
          family: "<text>",
          vCPUs: "<number>",
          gpus: "<number>",
          osVhdSizeMB: "<number>",
          maxResourceVolumeMB: "<number>",
          memoryGB: "<number>",
          lowPriorityCapable: true,
          premiumIO: true,
          estimatedVMPrices: {
            billingCurrency: "USD",
            unitOfMeasure: "OneHour",
            values: [price("Standard"), price("LowPriority")],
          },
          supportedComputeTypes: ["AmlCompute", "ComputeInstance"],
        }),
      },
    },
    {
      name: "cores in use are listed by family and in total, dedicated and low-priority cores apart",
      provenance: USAGE_DOC,
      send: `GET ${LOC}/usages?${QV}`,
      status: 200,
      returns: {
        value: new Including([
          familyUsage("Dedicated", "dedicatedCores"),
          familyUsage("LowPriority", "lowPriorityCores"),
          usage("TotalDedicatedCores", "dedicatedCores", "Total Cluster Dedicated Regional vCPUs"),
          usage("TotalLowPriorityCores", "lowPriorityCores", "Total Cluster LowPriority Regional vCPUs"),
          usage("TotalClusters", "totalCores", "Clusters"),
        ]),
      },
    },
    {
      name: "a quota is set",
      provenance: QUOTA_DOC,
      send: `POST ${LOC}/updateQuotas?${QV}`,
      body: { value: [{ id: quotaId, type: quotaType, limit: 48, unit: "Count" }] },
      status: 200,
      returns: page({ id: quotaId, type: quotaType, limit: 48, unit: "Count", status: "Success" }),
    },
    {
      name: "quotas are listed, the changed one with its new value",
      provenance: "published example: Quota/list.json of 2024-10-01",
      send: `GET ${LOC}/quotas?${QV}`,
      status: 200,
      returns: {
        value: new Including([
          {
            id: quotaId,
            type: quotaType,
            name: { value: FAMILY, localizedValue: "Standard NCADSA100v4 Family Cluster Dedicated vCPUs" },
            limit: 48,
            unit: "Count",
          },
        ]),
      },
    },
  ],
};
