import * as authorization from "@pulumi/azure-native/authorization";
import * as managedidentity from "@pulumi/azure-native/managedidentity";
import * as pulumi from "@pulumi/pulumi";
import { type BuiltInRole, roleDefinitionId } from "../azureml/builtInRoles";
import { managedIdentityName, roleAssignmentName, type StackIdentity } from "../azureml/names";

/** A user-assigned identity as other resources use it. */
export interface ManagedIdentity {
  /** ARM id. */
  id: pulumi.Input<string>;
  /** Object id of its service principal. */
  principalId: pulumi.Input<string>;
}

/** The section whose `identity` it is. */
type Owner = "workspace" | "compute" | "endpoint";

interface ManagedIdentityArgs {
  owner: Owner;
  identity: StackIdentity;
  /** Value of the setting: a word, or the id of an existing identity. */
  setting: string;
  /** The existing identity that preflight found. */
  found: pulumi.Input<{ principalId: string } | undefined>;
  resourceGroupName: pulumi.Input<string>;
  location: pulumi.Input<string>;
  tags: Record<string, string>;
}

/**
 * The user-assigned identity of a setting: a new one of the stack (`create`), or an existing one. Undefined for every other word.
 * A user-assigned identity is free.
 */
export function managedIdentity(
  name: string,
  { owner, setting, identity, found, resourceGroupName, location, tags }: ManagedIdentityArgs,
  options: pulumi.CustomResourceOptions,
): ManagedIdentity | undefined {
  if (setting.startsWith("/"))
    return {
      id: setting,
      principalId: pulumi.output(found).apply((identityFound) => identityFound?.principalId ?? ""),
    };
  if (setting !== "create") return undefined;
  const resourceName = managedIdentityName(identity, owner);
  return new managedidentity.UserAssignedIdentity(
    name,
    { resourceName, resourceGroupName, location, tags },
    options,
  );
}

/** A role at one scope. */
export interface Grant {
  role: BuiltInRole;
  /** What the scope is; part of the assignment's name. */
  on: "storage" | "vault" | "insights" | "registry" | "workspace" | "group";
  /** ARM id of the scope. */
  scope: pulumi.Input<string>;
}

/**
 * Assigns roles to a user-assigned identity, each at the scope of one resource. A resource that uses the identity depends on the
 * returned assignments.
 */
export function grantRoles(
  name: string,
  args: { identity: StackIdentity; owner: Owner; principal: ManagedIdentity; grants: readonly Grant[] },
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { identity, owner, principal, grants } = args;
  return grants.map(
    ({ role, on, scope }) =>
      new authorization.RoleAssignment(
        `${name}-${on}-${role}`,
        {
          roleAssignmentName: roleAssignmentName(identity, `${owner}-${on}-${role}`),
          scope,
          roleDefinitionId: roleDefinitionId(identity.subscriptionId, role),
          principalId: principal.principalId,
          // With a type the service does not look the principal up: a new identity may not be replicated yet.
          principalType: "ServicePrincipal",
        },
        options,
      ),
  );
}

/** A role on data, which an identity of the cluster or of the endpoint needs. */
type DataRole = "blobDataContributor" | "blobDataReader";

/** What the identities of cluster and endpoint get roles on. */
export interface DataScopes {
  storageAccountId: pulumi.Input<string>;
  /** Undefined if the workspace creates its own registry. */
  containerRegistryId?: string;
}

/** Access to the workspace's data with `role`, and to the images of its container registry. */
function dataGrants(role: DataRole, { storageAccountId, containerRegistryId }: DataScopes): Grant[] {
  return [
    { role, on: "storage", scope: storageAccountId },
    ...(containerRegistryId
      ? [{ role: "acrPull", on: "registry", scope: containerRegistryId } as const]
      : []),
  ];
}

interface DataIdentityArgs extends Omit<ManagedIdentityArgs, "resourceGroupName" | "location"> {
  /** The workspace of the resource that acts with the identity. Without `dataScopes` its roles are assigned by somebody else. */
  workspace: pulumi.Resource & {
    ref: pulumi.Output<{ resourceGroupName: string }>;
    location: pulumi.Output<string>;
    dataScopes?: DataScopes;
  };
  role: DataRole;
}

/** The user-assigned identity of a setting with its access to the workspace's data and images. */
export function dataIdentity(
  name: string,
  { workspace, role, ...args }: DataIdentityArgs,
  parent: pulumi.Resource,
): { user?: ManagedIdentity; roles: pulumi.Resource[] } {
  const { ref, location, dataScopes } = workspace;
  const options = { parent, dependsOn: [workspace] };
  const place = { resourceGroupName: ref.resourceGroupName, location };
  const user = managedIdentity(name, { ...args, ...place }, options);
  if (!user) return { roles: [] };
  const grants = dataScopes ? dataGrants(role, dataScopes) : [];
  const { identity, owner } = args;
  return { user, roles: grantRoles(name, { identity, owner, principal: user, grants }, options) };
}

/** `identity` of a resource with this user-assigned identity only. */
export function userAssigned({ id }: ManagedIdentity): {
  type: "UserAssigned";
  userAssignedIdentities: pulumi.Input<string>[];
} {
  return { type: "UserAssigned", userAssignedIdentities: [id] };
}
