import { az } from "./command";
import { type BootstrapOptions, bootstrapNames } from "./options";
import { type Step, whenListed, whenPrinted, whenTrue } from "./step";

/**
 * Services that the program and the bootstrap use. PolicyInsights and Cdn are reported as necessary for the first managed endpoint
 * of a subscription; ManagedIdentity and Network belong to options of workspace and endpoint, Consumption to the cost budget.
 */
const providers = [
  ...["MachineLearningServices", "Storage", "KeyVault", "OperationalInsights", "Insights"],
  ...["ContainerRegistry", "PolicyInsights", "Cdn", "ManagedIdentity", "Network", "Consumption"],
];

/**
 * Registration of services, and where the state and its key are. All of it through ARM: Contributor is enough, and nothing waits
 * for a new role assignment.
 *
 * Flags: azure-cli 2.91.0. The key: Azure/azure-rest-api-specs, Microsoft.KeyVault 2023-07-01, Keys_CreateIfNotExist, which
 * creates no second version. `az keyvault key create` would, and needs a role on the vault's data.
 */
export function subscriptionSteps(options: BootstrapOptions): Step[] {
  const { environment, subscriptionId, location, prefix } = options;
  const names = bootstrapNames(options);
  const { resourceGroup, storageAccount, keyVault, container, key } = names;
  const subscription = ["--subscription", subscriptionId];
  const group = ["--resource-group", resourceGroup];
  const tags = ["--tags", `project=${prefix}`, `environment=${environment}`];
  const keys = `${names.vaultId}/keys`;
  const registered = az(
    ...["provider", "list", "--query", "[?registrationState=='Registered'].namespace"],
    ...["--output", "tsv", ...subscription],
  );
  return [
    ...providers.map((name): Step => {
      const namespace = `Microsoft.${name}`;
      return {
        id: `provider ${namespace}`,
        title: `service ${namespace}`,
        reason: "a subscription registers a service before its first use; registering is free",
        after: [],
        check: registered,
        read: whenListed(namespace),
        create: az("provider", "register", "--namespace", namespace, "--wait", ...subscription),
      };
    }),
    {
      id: "group",
      title: `resource group ${resourceGroup}`,
      reason: "contains the state and its key, and outlives the stack",
      after: [],
      check: az("group", "exists", "--name", resourceGroup, ...subscription),
      read: whenTrue,
      create: az(
        "group",
        "create",
        "--name",
        resourceGroup,
        "--location",
        location,
        ...tags,
        ...subscription,
      ),
    },
    {
      id: "account",
      title: `storage account ${storageAccount}`,
      reason: "contains the state of the stack; without keys and public access",
      after: ["group", "provider Microsoft.Storage"],
      check: az(
        ...["storage", "account", "list", ...group],
        ...["--query", `[?name=='${storageAccount}'].id`, "--output", "tsv", ...subscription],
      ),
      read: whenPrinted,
      create: az(
        ...["storage", "account", "create", "--name", storageAccount, ...group, "--location", location],
        ...["--sku", "Standard_ZRS", "--kind", "StorageV2", "--min-tls-version", "TLS1_2"],
        ...["--allow-blob-public-access", "false", "--allow-shared-key-access", "false"],
        ...[...tags, ...subscription],
      ),
    },
    {
      id: "versions",
      title: `versions of blobs in ${storageAccount}`,
      reason: "a damaged or deleted state can be restored",
      after: ["account"],
      check: az(
        ...["storage", "account", "blob-service-properties", "show", "--account-name", storageAccount],
        ...[...group, "--query", "isVersioningEnabled", "--output", "tsv", ...subscription],
      ),
      read: whenTrue,
      create: az(
        ...["storage", "account", "blob-service-properties", "update", "--account-name", storageAccount],
        ...[...group, "--enable-versioning", "true", ...subscription],
      ),
    },
    {
      id: "container",
      title: `container ${container}`,
      reason: "the Pulumi backend",
      after: ["account"],
      check: az(
        ...["storage", "container-rm", "exists", "--storage-account", storageAccount, ...group],
        ...["--name", container, "--query", "exists", "--output", "tsv", ...subscription],
      ),
      read: whenTrue,
      create: az(
        ...["storage", "container-rm", "create", "--storage-account", storageAccount, ...group],
        ...["--name", container, ...subscription],
      ),
    },
    {
      id: "vault",
      title: `key vault ${keyVault}`,
      reason: "contains the key of the stack's secrets; access by roles only",
      after: ["group", "provider Microsoft.KeyVault"],
      check: az(
        ...["keyvault", "list", ...group, "--query", `[?name=='${keyVault}'].id`],
        ...["--output", "tsv", ...subscription],
      ),
      read: whenPrinted,
      create: az(
        ...["keyvault", "create", "--name", keyVault, ...group, "--location", location],
        ...["--enable-rbac-authorization", "true", "--retention-days", "90"],
        // Without the key no secret of the state can be read. Purge protection cannot be turned off again.
        ...(/^prod/.test(environment) ? ["--enable-purge-protection", "true"] : []),
        ...[...tags, ...subscription],
      ),
    },
    {
      id: "key",
      title: `key ${key}`,
      reason: "encrypts the secrets in the stack's state and file",
      after: ["vault"],
      check: az(
        ...["rest", "--method", "get", "--url", `${keys}?api-version=2023-07-01`],
        ...["--query", `value[?name=='${key}'].name`, "--output", "tsv"],
      ),
      read: whenPrinted,
      create: az(
        ...["rest", "--method", "put", "--url", `${keys}/${key}?api-version=2023-07-01`],
        ...["--body", JSON.stringify({ properties: { kty: "RSA", keySize: 3072 } })],
      ),
    },
  ];
}
