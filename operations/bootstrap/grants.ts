import { builtInRoles } from "../../azureml/builtInRoles";

/** A role of one identity, and why it has it. */
export interface Grant {
  role: string;
  /** What it applies to. `deployment`: the subscription, or what `--scope` names. */
  on: "deployment" | "container" | "key" | "registry";
  /** One sentence without a final period. */
  reason: string;
  /** Limits what the identity may do with the role. */
  condition?: string;
}

/** A new assignment is described by the request, one to be deleted by the resource. */
const onlyFor = (action: "write" | "delete", source: "@Request" | "@Resource"): string =>
  `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR ` +
  `(${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ` +
  `{${Object.values(builtInRoles).join(", ")}}))`;

/**
 * Only these roles may be assigned, and only their assignments deleted: the identity cannot make anybody an owner. Form:
 * Microsoft Learn, delegate-role-assignments-examples, "Constrain roles".
 */
const onlyAssignable = `${onlyFor("write", "@Request")} AND ${onlyFor("delete", "@Resource")}`;

const readKey: Grant = {
  role: "Key Vault Crypto User",
  on: "key",
  reason: "decrypts the secrets in the stack's state and file",
};

const writeState: Grant = {
  role: "Storage Blob Data Contributor",
  on: "container",
  reason: "writes the stack's state and its lock",
};

/** The registry's assets only. Contributor contains it where the registry is below the deployment's scope. */
const useRegistry: Grant = {
  role: "AzureML Registry User",
  on: "registry",
  reason: "shares versions to the registry, or reads and deploys the promoted one",
};

/** The identity that updates the stack. */
export const deployerGrants = (hasRegistry: boolean): Grant[] => [
  {
    role: "Contributor",
    on: "deployment",
    reason:
      "creates and deletes the stack's resource group and what is in it, purges what was deleted, reads quotas and metrics",
  },
  {
    role: "Role Based Access Control Administrator",
    on: "deployment",
    reason:
      "assigns the roles that the program assigns, and no other (workspace.grantDataAccess, user-assigned identities)",
    condition: onlyAssignable,
  },
  writeState,
  readKey,
  ...(hasRegistry ? [useRegistry] : []),
];

/**
 * The identity of pull requests and of the comparison with Azure at night. It cannot change the workspace nor a resource outside it. In the
 * workspace it could submit jobs and change endpoints: the comparison reads uploaded files with the key of the data store
 * (`datastores/listSecrets/action`), and no smaller built-in role of Azure ML has that action. A custom role can. The test of the
 * roles has each action with its source.
 */
export const previewGrants = (hasRegistry: boolean): Grant[] => [
  { role: "Reader", on: "deployment", reason: "reads what exists, quotas and role assignments" },
  {
    role: "AzureML Data Scientist",
    on: "deployment",
    reason:
      "reads the key of the data store, to compare uploaded files, and queries of Azure ML's own services",
  },
  { role: "Storage Blob Data Reader", on: "container", reason: "reads the stack's state" },
  readKey,
  ...(hasRegistry ? [{ ...useRegistry, reason: "reads the promoted version" }] : []),
];

/** Whoever runs the bootstrap. Owner and Contributor do not contain access to data. */
export const personGrants: Grant[] = [
  { ...writeState, reason: "`pulumi stack init` writes the stack's first state" },
  { ...readKey, reason: "`pulumi stack init` encrypts the stack's key with it" },
];
