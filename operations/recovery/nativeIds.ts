import { apiVersions } from "../../azureml/clients/arm";

/**
 * ARM ids of the azure-native resources that the program creates. An id depends on inputs only, so it is known for a
 * creation whose end nobody has seen. Source: the path of each type in azure-native 3.28.0 (its SDK's `azureApiVersion`
 * documentation and the OpenAPI operations `CreateOrUpdate`).
 */
const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/{workspaceName}`;
const endpoint = `${workspace}/onlineEndpoints/{endpointName}`;

const insights = `${group}/providers/Microsoft.Insights`;

interface NativeType {
  path: string;
  /** Used if the inputs name none. Equals the pinned SDK's default. */
  apiVersion: string;
  /** What a person calls it. */
  label: string;
}

export const nativeTypes: Readonly<Record<string, NativeType>> = {
  "azure-native:resources:ResourceGroup": {
    path: group,
    apiVersion: apiVersions.resourceGroups,
    label: "resource group",
  },
  "azure-native:storage:StorageAccount": {
    path: `${group}/providers/Microsoft.Storage/storageAccounts/{accountName}`,
    apiVersion: "2024-01-01",
    label: "storage account",
  },
  "azure-native:keyvault:Vault": {
    path: `${group}/providers/Microsoft.KeyVault/vaults/{vaultName}`,
    apiVersion: "2024-11-01",
    label: "key vault",
  },
  "azure-native:operationalinsights:Workspace": {
    path: `${group}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
    apiVersion: "2023-09-01",
    label: "Log Analytics workspace",
  },
  "azure-native:applicationinsights:Component": {
    path: `${group}/providers/Microsoft.Insights/components/{resourceName}`,
    apiVersion: "2020-02-02",
    label: "Application Insights",
  },
  "azure-native:authorization:RoleAssignment": {
    path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    apiVersion: "2022-04-01",
    label: "role assignment",
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    path: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`,
    apiVersion: "2023-01-31",
    label: "user-assigned identity",
  },
  "azure-native:network:PrivateEndpoint": {
    path: `${group}/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}`,
    apiVersion: "2024-05-01",
    label: "private endpoint",
  },
  "azure-native:network:PrivateDnsZoneGroup": {
    path: `${group}/providers/Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
    apiVersion: "2024-05-01",
    label: "DNS zone group",
  },
  "azure-native:machinelearningservices:Workspace": {
    path: workspace,
    apiVersion: apiVersions.machineLearning,
    label: "workspace",
  },
  "azure-native:machinelearningservices:Registry": {
    path: `${group}/providers/Microsoft.MachineLearningServices/registries/{registryName}`,
    apiVersion: apiVersions.machineLearning,
    label: "registry",
  },
  "azure-native:machinelearningservices:Compute": {
    path: `${workspace}/computes/{computeName}`,
    apiVersion: apiVersions.machineLearning,
    label: "cluster",
  },
  "azure-native:machinelearningservices:DataVersion": {
    path: `${workspace}/data/{name}/versions/{version}`,
    apiVersion: apiVersions.machineLearning,
    label: "data version",
  },
  "azure-native:machinelearningservices:ModelVersion": {
    path: `${workspace}/models/{name}/versions/{version}`,
    apiVersion: apiVersions.machineLearning,
    label: "model version",
  },
  "azure-native:machinelearningservices:OnlineEndpoint": {
    path: endpoint,
    apiVersion: apiVersions.machineLearning,
    label: "endpoint",
  },
  "azure-native:machinelearningservices:OnlineDeployment": {
    path: `${endpoint}/deployments/{deploymentName}`,
    apiVersion: apiVersions.machineLearning,
    label: "deployment",
  },
  "azure-native:monitor:DiagnosticSetting": {
    path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
    apiVersion: "2021-05-01-preview",
    label: "diagnostic setting",
  },
  "azure-native:monitor:ActionGroup": {
    path: `${insights}/actionGroups/{actionGroupName}`,
    apiVersion: "2024-10-01-preview",
    label: "action group",
  },
  "azure-native:monitor:MetricAlert": {
    path: `${insights}/metricAlerts/{ruleName}`,
    apiVersion: "2018-03-01",
    label: "metric alert",
  },
  "azure-native:monitor:ScheduledQueryRule": {
    path: `${insights}/scheduledQueryRules/{ruleName}`,
    apiVersion: "2025-01-01-preview",
    label: "log alert",
  },
  "azure-native:monitor:AutoscaleSetting": {
    path: `${insights}/autoscalesettings/{autoscaleSettingName}`,
    apiVersion: "2021-05-01-preview",
    label: "autoscale setting",
  },
  "azure-native:consumption:Budget": {
    path: "/{scope}/providers/Microsoft.Consumption/budgets/{budgetName}",
    apiVersion: "2024-08-01",
    label: "cost budget",
  },
};

/** Where Azure has a resource. */
export interface NativeAddress {
  id: string;
  apiVersion: string;
  /** For people: `cluster gpu-cluster-s1a2b3c`. */
  title: string;
}

/**
 * The address of a resource with these inputs. Undefined for types without one, and while an input of the path is not
 * known yet.
 * @param subscriptionId GUID of the stack's subscription.
 */
export function nativeAddress(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  subscriptionId: string,
): NativeAddress | undefined {
  const native = nativeTypes[type];
  if (!native) return undefined;
  let isKnown = true;
  const id = native.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === "subscriptionId" ? subscriptionId : inputs[name];
    if (typeof value !== "string" || value === "" || isUnknown(value)) isKnown = false;
    // A scope is a path itself.
    return String(value).replace(/^\/+|\/+$/g, "");
  });
  if (!isKnown) return undefined;
  const version = inputs.azureApiVersion;
  return {
    id,
    apiVersion: typeof version === "string" ? version : native.apiVersion,
    title: `${native.label} ${id.slice(id.lastIndexOf("/") + 1)}`,
  };
}

/** Pulumi's mark for a value that only `up` knows (`plugin.UnknownStringValue`). */
export const isUnknown = (value: unknown): boolean => value === "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
