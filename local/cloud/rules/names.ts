/** Allowed names, and where a name must be unique. */
import { ArmError } from "../armError";
import { type Confidence, type NameRule, rule } from "./rule";

const LIMITS = "Azure resource naming rules (resource-name-rules)";

function named(
  what: string,
  pattern: RegExp,
  allowed: string,
  source: string,
  confidence: Confidence,
): NameRule {
  return { pattern, rule: allowed, facts: { statement: `${what} have ${allowed}`, source, confidence } };
}

export const NAMES = {
  resourceGroup: named(
    "names of resource groups",
    /^[\p{L}\p{N}_\-.()]{0,89}[\p{L}\p{N}_\-()]$/u,
    "1 to 90 letters, digits, underscores, hyphens, parentheses and periods, not ending in a period",
    LIMITS,
    "documented",
  ),
  storageAccount: named(
    "names of storage accounts",
    /^[a-z0-9]{3,24}$/,
    "3 to 24 lower-case letters and digits",
    LIMITS,
    "documented",
  ),
  blobContainer: named(
    "names of blob containers",
    /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    "3 to 63 lower-case letters, digits and single hyphens, beginning and ending with a letter or digit",
    LIMITS,
    "documented",
  ),
  vault: named(
    "names of key vaults",
    /^(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/,
    "3 to 24 letters, digits and single hyphens, beginning with a letter and ending with a letter or digit",
    LIMITS,
    "documented",
  ),
  logWorkspace: named(
    "names of Log Analytics workspaces",
    /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
    "4 to 63 letters, digits and hyphens, beginning and ending with a letter or digit",
    LIMITS,
    "documented",
  ),
  managedIdentity: named(
    "names of managed identities",
    /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
    "3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit",
    LIMITS,
    "documented",
  ),
  workspace: named(
    "names of machine learning workspaces",
    /^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/,
    "3 to 33 letters, digits, hyphens and underscores",
    LIMITS,
    "documented",
  ),
  compute: named(
    "names of computes",
    /^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/,
    "3 to 24 letters, digits and hyphens, beginning with a letter, not ending in a hyphen and digits only",
    "pattern of computeName in Azure's OpenAPI documents",
    "observed",
  ),
  datastore: named(
    "names of datastores",
    /^[a-zA-Z0-9_]{1,255}$/,
    "letters, digits and underscores",
    "message of the service's clients",
    "observed",
  ),
  asset: named(
    "names and versions of data, environments, components and code",
    /^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/,
    "1 to 255 letters, digits, hyphens, underscores and periods, beginning with a letter or digit",
    "pattern of asset names in Azure's OpenAPI documents",
    "observed",
  ),
  modelVersion: named(
    "versions of models",
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/,
    "1 to 30 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    "limits of Azure Machine Learning assets",
    "inferred",
  ),
  job: named(
    "names of jobs",
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/,
    "1 to 255 letters, digits, underscores and dashes, beginning with a letter or digit",
    "schema of the job YAML (name)",
    "documented",
  ),
  online: named(
    "names of online endpoints and deployments",
    /^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/,
    "3 to 32 letters, digits and dashes, beginning with a letter, ending with a letter or digit",
    "limits for online endpoints (how-to-manage-quotas)",
    "documented",
  ),
} as const satisfies Record<string, NameRule>;

/** @throws ArmError 400 if the name is not allowed */
export function requireName(
  given: string,
  { pattern, rule: allowed }: NameRule,
  what: string,
  target: string,
): void {
  if (pattern.test(given)) return;
  throw new ArmError(400, "ValidationError", `The ${what} "${given}" is not allowed: ${allowed}.`, {
    target,
  });
}

type Owner = { readonly id: string } | undefined;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A rule that refuses a name which another resource has. */
function uniqueName<Resource extends Named>(
  statement: string,
  source: string,
  refusal: (resource: Resource) => ArmError,
) {
  return rule(statement, "documented", source, (resource: Resource, owner: Owner) => {
    if (owner && owner.id.toLowerCase() !== resource.id.toLowerCase()) throw refusal(resource);
  });
}

export const endpointNameUniqueInRegion = uniqueName(
  "an endpoint's name is unique in its region, over all workspaces",
  "how-to-deploy-online-endpoints: the name is part of the scoring address",
  ({ name, location }: Named & { location: string }) =>
    new ArmError(
      409,
      "Conflict",
      `The endpoint name '${name}' is already in use in region ${location}. Choose another name.`,
      { target: "name" },
    ),
);

export const storageNameUnique = uniqueName(
  "a storage account's name is unique in the whole cloud",
  `${LIMITS}: scope global`,
  ({ name }) =>
    new ArmError(409, "StorageAccountAlreadyTaken", `The storage account named ${name} is already taken.`),
);

export const vaultNameUnique = uniqueName(
  "a key vault's name is unique in the whole cloud",
  `${LIMITS}: scope global`,
  ({ name }) =>
    new ArmError(
      409,
      "VaultAlreadyExists",
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. Choose another name.`,
    ),
);
