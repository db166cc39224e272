/** Built-in roles that the program assigns. They have the same GUID in every Azure cloud (Microsoft Learn, built-in-roles). */
export const builtInRoles = {
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  blobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  blobDataReader: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
  keyVaultAdministrator: "00482a5a-887f-4fb3-b363-3b7fe8e74483",
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  /** Azure AI Enterprise Network Connection Approver. */
  networkConnectionApprover: "b556d68e-0be0-4f35-a333-ad7ee1ce17ea",
} as const;

export type BuiltInRole = keyof typeof builtInRoles;

/** ARM id of a built-in role in a subscription. */
export function roleDefinitionId(subscriptionId: string, role: BuiltInRole): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${builtInRoles[role]}`;
}
