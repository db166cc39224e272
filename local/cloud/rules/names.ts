/** Allowed names, and where a name must be unique. */
import { ArmError } from "../armError";
import { inferencingRefusal } from "./inferencing";
import { NAME_FACTS } from "../../../operations/contract/facts/names";
import { type NameRule, rule } from "./rule";

/** The allowed names in words are what follows "have" in the assumption's statement. */
function named(pattern: RegExp, id: keyof typeof NAME_FACTS): NameRule {
  const facts = NAME_FACTS[id];
  return { pattern, rule: facts.statement.replace(/^.*? have /, ""), facts };
}

export const NAMES = {
  resourceGroup: named(/^[\p{L}\p{N}_\-.()]{0,89}[\p{L}\p{N}_\-()]$/u, "name-of-resource-group"),
  storageAccount: named(/^[a-z0-9]{3,24}$/, "name-of-storage-account"),
  blobContainer: named(/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "name-of-blob-container"),
  vault: named(/^(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/, "name-of-vault"),
  logWorkspace: named(/^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/, "name-of-log-workspace"),
  managedIdentity: named(/^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/, "name-of-managed-identity"),
  workspace: named(/^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/, "name-of-workspace"),
  registry: named(/^[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}$/, "name-of-registry"),
  compute: named(/^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9-]{2,23}$/, "name-of-compute"),
  datastore: named(/^[a-zA-Z0-9_]{1,255}$/, "name-of-datastore"),
  asset: named(/^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$/, "name-of-asset"),
  modelVersion: named(/^[A-Za-z0-9][A-Za-z0-9._-]{0,29}$/, "name-of-model-version"),
  job: named(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/, "name-of-job"),
  online: named(/^[A-Za-z][A-Za-z0-9-]{1,30}[A-Za-z0-9]$/, "name-of-online"),
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
  id: keyof typeof NAME_FACTS,
  refusal: (resource: Resource) => ArmError,
) {
  return rule(id, (resource: Resource, owner: Owner) => {
    if (owner && owner.id.toLowerCase() !== resource.id.toLowerCase()) throw refusal(resource);
  });
}

export const endpointNameUniqueInRegion = uniqueName("endpoint-name-unique-in-region", () =>
  inferencingRefusal(
    "InferencingClientCallFailed",
    "",
    "There is already an endpoint with this name, Endpoint name needs to be unique within a region. Try some other name.",
    "name",
  ),
);

export const storageNameUnique = uniqueName(
  "storage-name-unique",
  ({ name }) =>
    new ArmError(409, "StorageAccountAlreadyTaken", `The storage account named ${name} is already taken.`),
);

export const vaultNameUnique = uniqueName(
  "vault-name-unique",
  ({ name }) =>
    new ArmError(
      409,
      "VaultAlreadyExists",
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. Choose another name.`,
    ),
);

export const registryNameUnique = uniqueName(
  "registry-name-unique",
  ({ name }) =>
    new ArmError(409, "Conflict", `The registry name '${name}' is already in use in this tenant.`, {
      target: "name",
    }),
);
