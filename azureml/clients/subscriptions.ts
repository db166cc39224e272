import { apiVersions, armGet, armGetJson } from "./arm";
import type { AzureSession } from "./session";

/** Version of the Resources API for `/subscriptions/<id>` (Azure/azure-rest-api-specs, resources, 2022-12-01). */
const subscriptionsVersion = "2022-12-01";
/** The version that azure-native 3.28.0 uses for role assignments. */
const roleAssignmentsVersion = "2022-04-01";

/** A subscription as the current identity sees it. */
export interface SubscriptionFacts {
  displayName: string;
  tenantId: string;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled`, `Deleted`. */
  state: string;
}

/** Throws `NotFound` for an unknown subscription, and `Unauthorized` (401) for one of another tenant. */
export async function getSubscription(
  session: AzureSession,
  subscriptionId: string,
): Promise<SubscriptionFacts> {
  const body = (await armGetJson(session, {
    path: `/subscriptions/${subscriptionId}`,
    apiVersion: subscriptionsVersion,
    what: `subscription ${subscriptionId}`,
  })) as Record<string, unknown> | undefined;
  const text = (key: string): string => (typeof body?.[key] === "string" ? body[key] : "");
  return { displayName: text("displayName"), tenantId: text("tenantId"), state: text("state") };
}

/** Object id of the principal that a role assignment names. Absent if there is no such assignment. */
export async function assignedPrincipal(
  session: AzureSession,
  scope: string,
  assignment: string,
): Promise<string | undefined> {
  const found = await armGet(session, {
    path: `${scope}/providers/Microsoft.Authorization/roleAssignments/${assignment}`,
    apiVersion: roleAssignmentsVersion,
    what: "role assignment",
  });
  const principal = found?.properties.principalId;
  return typeof principal === "string" ? principal : undefined;
}

/**
 * Regions that offer a resource type, as names such as `westeurope`: ARM answers display names (`West Europe`). Empty if the
 * provider does not list the type.
 */
export async function resourceTypeLocations(
  session: AzureSession,
  subscriptionId: string,
  namespace: string,
  type: string,
): Promise<string[]> {
  const body = (await armGetJson(session, {
    path: `/subscriptions/${subscriptionId}/providers/${namespace}`,
    apiVersion: apiVersions.resourceGroups,
    what: `resource provider ${namespace}`,
  })) as { resourceTypes?: Array<{ resourceType?: string; locations?: string[] }> } | undefined;
  const found = body?.resourceTypes?.find((one) => one.resourceType?.toLowerCase() === type.toLowerCase());
  return (found?.locations ?? []).map((location) => location.toLowerCase().replaceAll(" ", ""));
}
