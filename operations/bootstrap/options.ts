import { workspaceNames } from "../../azureml/names";

/** What the bootstrap is for. */
export interface BootstrapOptions {
  /** Name of the stack, and of the pipeline's environment. */
  environment: string;
  subscriptionId: string;
  location: string;
  /** `owner/name` on GitHub. Without it and without `devops` no application is created. */
  repository?: string;
  devops?: { organization: string; project: string };
  /** First part of all names. */
  prefix: string;
  /** ARM id that the stack deploys into. Default: the subscription. */
  scope?: string;
  /** ARM id of a shared Azure ML registry outside `scope`. */
  registry?: string;
}

/** What the checks before the plan have found. */
export interface Surroundings {
  /** Who is logged in to the Azure CLI. Default: a user. */
  login?: { type: "user" } | { type: "servicePrincipal"; clientId: string };
  /** Domain of key vaults. Default: that of the public cloud. */
  vaultDomain?: string;
  /** The subject of GitHub's tokens by environment. */
  githubSubject?: (environment: string) => string;
}

/** Names of what the bootstrap creates. They depend on the options only, so a second run finds everything again. */
export function bootstrapNames({ environment, subscriptionId, prefix }: BootstrapOptions) {
  const names = workspaceNames({ project: prefix, stack: `${environment}-state`, subscriptionId });
  const { resourceGroup, storageAccount, keyVault } = names;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/${storageAccount}`;
  const vaultId = `${group}/providers/Microsoft.KeyVault/vaults/${keyVault}`;
  return {
    ...{ resourceGroup, storageAccount, keyVault, vaultId },
    container: "state",
    key: "pulumi",
    containerId: `${accountId}/blobServices/default/containers/state`,
    keyId: `${vaultId}/keys/pulumi`,
    application: (environmentName: string): string => `${prefix}-${environmentName}`,
    backend: `azblob://state?storage_account=${storageAccount}`,
  };
}

/** The secrets provider of the stack: `azurekeyvault://<vault>.vault.azure.net/keys/<key>`. */
export function secretsProvider(options: BootstrapOptions, { vaultDomain }: Surroundings): string {
  const { keyVault, key } = bootstrapNames(options);
  return `azurekeyvault://${keyVault}.${vaultDomain ?? "vault.azure.net"}/keys/${key}`;
}
