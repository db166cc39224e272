/** Key vaults, their secrets, and deleted vaults. */
import { LOCATION, page, resource, SYSTEM_DATA, TENANT } from "./common";
import { amid, armLife, type Exchange, type Golden } from "./exchange";
import { atSubscription, PROVIDERS, tags } from "./services";

const VAULT_TYPE = "Microsoft.KeyVault/vaults";
const VAULT = `${PROVIDERS}/${VAULT_TYPE}/fresh-vault`;
const VAULT_DOC =
  "inferred: from documents: OpenAPI of Microsoft.KeyVault 2024-11-01; outputs as azure-native 3.28.0 reads them";
const vaultSku = { family: "A", name: "standard" };
const vault = resource(VAULT, VAULT_TYPE, {
  location: LOCATION,
  tags,
  systemData: SYSTEM_DATA,
  properties: {
    tenantId: TENANT,
    sku: vaultSku,
    accessPolicies: [],
    enabledForDeployment: false,
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    softDeleteRetentionInDays: 90,
    publicNetworkAccess: "Enabled",
    vaultUri: "https://fresh-vault.vault.localhost/",
    provisioningState: "Succeeded",
  },
});
const secret = resource(`${VAULT}/secrets/word`, `${VAULT_TYPE}/secrets`, {
  location: LOCATION,
  properties: {
    contentType: "text/plain",
    attributes: { enabled: true, created: "<number>", updated: "<number>" },
    secretUri: "https://fresh-vault.vault.localhost/secrets/word",
  },
});
const DELETED = `${atSubscription("Microsoft.KeyVault")}/locations/westeurope/deletedVaults/fresh-vault`;
const deletedVault = {
  id: DELETED,
  name: "fresh-vault",
  type: "Microsoft.KeyVault/deletedVaults",
  properties: {
    vaultId: VAULT,
    location: LOCATION,
    tags: { owner: "other" },
    deletionDate: "<time>",
    scheduledPurgeDate: "<time>",
    purgeProtectionEnabled: false,
  },
};
const KV = "api-version=2024-11-01";
const vaultLife = armLife({
  provenance: VAULT_DOC,
  id: VAULT,
  version: "2024-11-01",
  put: {
    location: LOCATION,
    tags,
    properties: { tenantId: TENANT, sku: vaultSku, enableRbacAuthorization: true },
  },
  // Answered at once; clients read it until its name is registered, without any header.
  made: { state: "RegisteringDns" },
  resource: vault,
  lists: [`${PROVIDERS}/${VAULT_TYPE}`, atSubscription(VAULT_TYPE)],
  patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } },
});

export const keyVaults: Golden = {
  about: "key vaults, their secrets and deleted vaults",
  needs: "group",
  exchanges: [
    ...amid(vaultLife, [
      ...armLife({
        provenance:
          "inferred: from documents: OpenAPI of Microsoft.KeyVault 2024-11-01, Secrets: a value is never returned",
        id: `${VAULT}/secrets/word`,
        version: "2024-11-01",
        put: { properties: { value: "a secret", contentType: "text/plain" } },
        resource: secret,
        patch: {
          body: { properties: { contentType: "other" } },
          changes: { properties: { contentType: "other" } },
        },
      }),
    ]),
    {
      name: "the deleted vaults are listed",
      provenance: VAULT_DOC,
      send: `GET ${atSubscription("Microsoft.KeyVault")}/deletedVaults?${KV}`,
      status: 200,
      returns: page(deletedVault),
    },
    {
      name: "the deleted vault is read",
      provenance: VAULT_DOC,
      send: `GET ${DELETED}?${KV}`,
      status: 200,
      returns: deletedVault,
    },
    ...["fresh-vault", "other-vault"].map((name): Exchange => ({
      name: `whether the name ${name} is free`,
      provenance:
        "inferred: from documents: OpenAPI of Microsoft.KeyVault 2023-07-01, Vaults_CheckNameAvailability",
      send: `POST ${atSubscription("Microsoft.KeyVault")}/checkNameAvailability?${KV}`,
      body: { name, type: VAULT_TYPE },
      status: 200,
      returns:
        name === "fresh-vault"
          ? {
              nameAvailable: false,
              reason: "AlreadyExists",
              message:
                "The vault name 'fresh-vault' is already in use. Vault names are globally unique so it is possible that the name is already taken.",
            }
          : { nameAvailable: true },
    })),
    { name: "it is purged", provenance: VAULT_DOC, send: `POST ${DELETED}/purge?${KV}`, status: 200 },
    {
      name: "nothing remains of it",
      provenance: VAULT_DOC,
      send: `GET ${DELETED}?${KV}`,
      status: 404,
      returns: {
        error: {
          code: "DeletedVaultNotFound",
          message: "The specified deleted vault 'fresh-vault' does not exist.",
        },
      },
    },
  ],
};
