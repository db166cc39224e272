/**
 * Provider configuration: `azure-native:<key>` first, then the environment. A configured key wins even if its value is empty
 * (real provider: provider.go, `getConfig`).
 */

/** Configuration keys and the environment variables used in their absence, in order. */
const VARIABLES: Record<string, readonly string[]> = {
  subscriptionId: ["ARM_SUBSCRIPTION_ID"],
  tenantId: ["ARM_TENANT_ID"],
  auxiliaryTenantIds: ["ARM_AUXILIARY_TENANT_IDS"],
  clientId: ["ARM_CLIENT_ID"],
  clientSecret: ["ARM_CLIENT_SECRET"],
  clientCertificatePath: ["ARM_CLIENT_CERTIFICATE_PATH"],
  clientCertificatePassword: ["ARM_CLIENT_CERTIFICATE_PASSWORD"],
  useOidc: ["ARM_USE_OIDC"],
  oidcToken: ["ARM_OIDC_TOKEN"],
  oidcTokenFilePath: ["ARM_OIDC_TOKEN_FILE_PATH"],
  oidcRequestUrl: ["ACTIONS_ID_TOKEN_REQUEST_URL"],
  oidcRequestToken: ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
  oidcAudience: ["ARM_OIDC_AUDIENCE"],
  useMsi: ["ARM_USE_MSI"],
  useDefaultAzureCredential: ["ARM_USE_DEFAULT_AZURE_CREDENTIAL"],
  disableInstanceDiscovery: ["ARM_DISABLE_INSTANCE_DISCOVERY"],
  environment: ["ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"],
  metadataHost: ["ARM_METADATA_HOSTNAME"],
  skipReadOnUpdate: ["ARM_SKIP_READ_ON_UPDATE"],
  activeDirectoryAuthorityHost: ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
  resourceManagerEndpoint: ["ARM_RESOURCE_MANAGER_ENDPOINT"],
  resourceManagerAudience: ["ARM_RESOURCE_MANAGER_AUDIENCE"],
  // The real provider reads no environment variable for the location.
  location: [],
};

export interface ProviderConfig {
  /** The value, or undefined if absent or empty. */
  text(key: string): string | undefined;
  /** True only for the exact text `true`, as the real provider reads booleans. */
  flag(key: string): boolean;
}

export function providerConfig(config: Record<string, string>, env: NodeJS.ProcessEnv): ProviderConfig {
  const text = (key: string): string | undefined => {
    if (Object.hasOwn(config, key)) return config[key] || undefined;
    return (VARIABLES[key] ?? [])
      .map((name) => env[name])
      .find((value) => value !== undefined && value !== "");
  };
  return { text, flag: (key) => text(key) === "true" };
}
