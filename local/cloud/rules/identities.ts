import { hasRole } from "../arm/roles";
import { ArmError } from "../armError";
import type { ArmResource, Cloud } from "../cloud";
import { rule } from "./rule";

const CONTRIBUTOR = ["b24988ac-6180-42a0-ab88-20f7382dd24c", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"];
const BLOB_WRITER = ["ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"];
const BLOB_READER = ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", ...BLOB_WRITER];
const PULL = ["7f951dda-4ed3-4680-a7ca-43fe172d538d", "8311e382-0749-4cb8-b61a-304f252e45ec", ...CONTRIBUTOR];

/** Object ids of the user-assigned identities of a resource. */
function principalsOf({ identity }: Partial<ArmResource>): string[] {
  const assigned = (identity?.["userAssignedIdentities"] ?? {}) as Record<string, { principalId?: string }>;
  return Object.values(assigned).flatMap(({ principalId }) => principalId ?? []);
}

const missing = (target: string, scope: string, role: string): ArmError =>
  new ArmError(
    403,
    "AuthorizationFailed",
    `The user-assigned identity has no role ${role} at scope '${scope}', or the role is not in effect yet.`,
    { target },
  );

/** Whether an identity of the resource is a system-assigned one, which gets its roles from the service. */
const isSystem = ({ identity }: Partial<ArmResource>): boolean =>
  String(identity?.["type"] ?? "SystemAssigned").startsWith("SystemAssigned");

export const workspaceIdentityRoles = rule(
  "workspace-identity-roles",
  (cloud: Cloud, workspace: Partial<ArmResource>) => {
    if (isSystem(workspace)) return;
    for (const part of ["storageAccount", "keyVault"] as const) {
      const scope = String(workspace.properties?.[part]);
      if (!hasRole(cloud, principalsOf(workspace), scope, CONTRIBUTOR))
        throw missing("identity", scope, "Contributor");
    }
  },
);

export const endpointIdentityRoles = rule(
  "endpoint-identity-roles",
  (cloud: Cloud, endpoint: ArmResource, workspace: ArmResource) => {
    if (isSystem(endpoint)) return;
    const { storageAccount, containerRegistry } = workspace.properties;
    if (!hasRole(cloud, principalsOf(endpoint), String(storageAccount), BLOB_READER))
      throw missing("identity", String(storageAccount), "Storage Blob Data Reader");
    if (containerRegistry && !hasRole(cloud, principalsOf(endpoint), String(containerRegistry), PULL))
      throw missing("identity", String(containerRegistry), "AcrPull");
  },
);

/** @returns what is wrong with the cluster's identity for a job that reads a datastore without credentials. */
export const clusterIdentityRoles = rule(
  "cluster-identity-roles",
  (cloud: Cloud, cluster: ArmResource, storageAccount: string): string | undefined => {
    const principals = principalsOf(cluster);
    const system = cluster.identity?.["principalId"];
    if (typeof system === "string") principals.push(system);
    if (hasRole(cloud, principals, storageAccount, BLOB_WRITER)) return undefined;
    return `Compute "${cluster.name}" has no identity with the role Storage Blob Data Contributor at '${storageAccount}', and the datastore has no credentials.`;
  },
);
