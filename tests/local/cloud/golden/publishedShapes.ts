/**
 * Member names of answers in Microsoft's published examples: Azure/azure-rest-api-specs,
 * specification/machinelearningservices/resource-manager/Microsoft.MachineLearningServices/stable/2024-10-01/examples. Names only, no values.
 * A golden body may call itself `published example` only if it has exactly these members.
 */
import { Each, Including } from "./compare";

/** `null` is a value; a list has the shape of its items. */
type Shape = null | readonly Shape[] | { readonly [member: string]: Shape };

const name = { value: null, localizedValue: null };
const finding = { code: null, level: null, message: null };

export const PUBLISHED_SHAPES: Readonly<Record<string, Shape>> = {
  "Compute/listNodes.json": {
    nodes: [
      {
        nodeId: null,
        privateIpAddress: null,
        publicIpAddress: null,
        port: null,
        nodeState: null,
        runId: null,
      },
    ],
    nextLink: null,
  },
  "OnlineDeployment/ManagedOnlineDeployment/listSkus.json": {
    value: [
      {
        resourceType: null,
        sku: { name: null, tier: null },
        capacity: { minimum: null, maximum: null, default: null, scaleType: null },
      },
    ],
    nextLink: null,
  },
  "OnlineDeployment/getLogs.json": { content: null },
  "Quota/list.json": { value: [{ id: null, type: null, limit: null, name, unit: null }] },
  "Quota/update.json": { value: [{ id: null, type: null, limit: null, unit: null, status: null }] },
  "Usage/list.json": {
    value: [{ id: null, type: null, currentValue: null, limit: null, name, unit: null }],
  },
  "VirtualMachineSize/list.json": {
    value: [
      {
        name: null,
        family: null,
        vCPUs: null,
        gpus: null,
        osVhdSizeMB: null,
        maxResourceVolumeMB: null,
        memoryGB: null,
        lowPriorityCapable: null,
        premiumIO: null,
        estimatedVMPrices: {
          billingCurrency: null,
          unitOfMeasure: null,
          values: [{ retailPrice: null, osType: null, vmTier: null }],
        },
        supportedComputeTypes: [null],
      },
    ],
  },
  "Workspace/CodeVersion/createOrGetStartPendingUpload.json": {
    blobReferenceForConsumption: {
      blobUri: null,
      storageAccountArmId: null,
      credential: { credentialType: null, sasUri: null },
    },
    pendingUploadId: null,
    pendingUploadType: null,
  },
  "Workspace/OnlineEndpoint/getToken.json": {
    accessToken: null,
    tokenType: null,
    expiryTimeUtc: null,
    refreshAfterTimeUtc: null,
  },
  "Workspace/diagnose.json": {
    value: {
      userDefinedRouteResults: [finding],
      networkSecurityRuleResults: [finding],
      resourceLockResults: [finding],
      dnsResolutionResults: [finding],
      storageAccountResults: [finding],
      keyVaultResults: [finding],
      containerRegistryResults: [finding],
      applicationInsightsResults: [finding],
      otherResults: [finding],
    },
  },
  "Workspace/listStorageAccountKeys.json": { userStorageKey: null },
};

/** The example that a provenance names, or undefined. */
export function publishedExample(provenance: string): string | undefined {
  return /^published example: (\S+\.json) of 2024-10-01\b/.exec(provenance)?.[1];
}

/** Members that the golden body has and the example lacks, or the other way round. An empty list shows no items. */
export function shapeDifferences(golden: unknown, shape: Shape, path = "body"): string[] {
  const items = itemsOf(golden);
  if (items) {
    if (!Array.isArray(shape)) return [`${path}: the example has no list`];
    return items.flatMap((item, index) => shapeDifferences(item, shape[0] as Shape, `${path}[${index}]`));
  }
  if (typeof golden !== "object" || golden === null) {
    return shape === null ? [] : [`${path}: the example has members`];
  }
  if (shape === null || Array.isArray(shape)) return [`${path}: the example has no members`];
  const [mine, theirs] = [golden as Record<string, unknown>, shape as Record<string, Shape>];
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].flatMap((member) => {
    if (!(member in theirs)) return [`${path}.${member}: not in the example`];
    if (!(member in mine)) return [`${path}.${member}: only in the example`];
    return shapeDifferences(mine[member], theirs[member] as Shape, `${path}.${member}`);
  });
}

function itemsOf(golden: unknown): readonly unknown[] | undefined {
  if (Array.isArray(golden)) return golden as unknown[];
  if (golden instanceof Including) return golden.items;
  return golden instanceof Each ? [golden.item] : undefined;
}
