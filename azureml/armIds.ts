/** Kinds of resources that a stack can use by id without owning them. */
export interface ResourceKind {
  /** `Microsoft.X/y`, in ARM's casing. */
  type: string;
  /** What a person calls it. */
  label: string;
  /** For reading it: the version of azure-native 3.28.0 where the program writes the type too. */
  apiVersion: string;
}

export const resourceKinds = {
  storageAccount: {
    type: "Microsoft.Storage/storageAccounts",
    label: "storage account",
    apiVersion: "2024-01-01",
  },
  keyVault: { type: "Microsoft.KeyVault/vaults", label: "key vault", apiVersion: "2024-11-01" },
  applicationInsights: {
    type: "Microsoft.Insights/components",
    label: "Application Insights",
    apiVersion: "2020-02-02",
  },
  containerRegistry: {
    type: "Microsoft.ContainerRegistry/registries",
    label: "container registry",
    apiVersion: "2023-07-01",
  },
  userAssignedIdentity: {
    type: "Microsoft.ManagedIdentity/userAssignedIdentities",
    label: "user-assigned identity",
    apiVersion: "2023-01-31",
  },
} as const satisfies Record<string, ResourceKind>;

/** The parts of an ARM id in a resource group. */
export interface ArmId {
  subscriptionId: string;
  resourceGroupName: string;
  /** `Microsoft.X/y` or `Microsoft.X/y/z`, as written. */
  type: string;
  /** The last segment. */
  name: string;
}

/** Parses the ARM id of a resource in a resource group. Undefined for anything else. */
export function parseArmId(id: string): ArmId | undefined {
  const match = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/(.+)$/i.exec(id);
  if (!match) return undefined;
  const [, subscriptionId = "", resourceGroupName = "", namespace = "", rest = ""] = match;
  const segments = rest.split("/");
  if (segments.length % 2 !== 0 || segments.includes("")) return undefined;
  const types = segments.filter((_, index) => index % 2 === 0);
  return {
    subscriptionId,
    resourceGroupName,
    type: [namespace, ...types].join("/"),
    name: segments.at(-1) ?? "",
  };
}

/** A pattern for ids of one type. Azure compares ids without case. */
export function armIdPattern(type: string): RegExp {
  const [namespace = "", ...types] = type.split("/");
  const path = types.map((part) => `${part}/[^/\\s]+`).join("/");
  return new RegExp(
    `^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/\\s]+/providers/${namespace.replaceAll(".", "\\.")}/${path}$`,
    "i",
  );
}

/** The form of an id in words, for messages and documentation. */
export function armIdForm(type: string): string {
  const [namespace = "", ...types] = type.split("/");
  const path = types.map((part) => `${part}/<name>`).join("/");
  return `/subscriptions/<id>/resourceGroups/<group>/providers/${namespace}/${path}`;
}
