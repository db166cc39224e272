/**
 * Settings of the azure-native provider that choose the cloud and the identity. The program reads them by the provider's
 * rules, because both must act as the same identity.
 *
 * Sources: pulumi/pulumi-azure-native, provider/pkg/provider/provider.go (`getConfig`) and auth_azidentity.go
 * (`readAuthConfig`), read at the commits 006a62a, 34d8ff3 and 015fcf2.
 */

/** The environment variables of each setting, in order. The provider reads them if the stack does not set the key. */
const variables = {
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
  // Older providers also read ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN. None reads Azure DevOps' variables.
  oidcRequestUrl: ["ACTIONS_ID_TOKEN_REQUEST_URL"],
  oidcRequestToken: ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"],
  oidcAudience: ["ARM_OIDC_AUDIENCE"],
  useMsi: ["ARM_USE_MSI"],
  useDefaultAzureCredential: ["ARM_USE_DEFAULT_AZURE_CREDENTIAL"],
  disableInstanceDiscovery: ["ARM_DISABLE_INSTANCE_DISCOVERY"],
  environment: ["ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"],
  metadataHost: ["ARM_METADATA_HOSTNAME"],
  activeDirectoryAuthorityHost: ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
  resourceManagerEndpoint: ["ARM_RESOURCE_MANAGER_ENDPOINT"],
  resourceManagerAudience: ["ARM_RESOURCE_MANAGER_AUDIENCE"],
} as const satisfies Record<string, readonly string[]>;

export type ProviderKey = keyof typeof variables;

/** A value and the place it was found in: `azure-native:tenantId` or `ARM_TENANT_ID`. */
export interface ProviderSetting {
  value: string;
  source: string;
}

/** The settings that have a value. */
export type ProviderSettings = Readonly<Partial<Record<ProviderKey, ProviderSetting>>>;

/**
 * Reads the settings as the provider does. A key that the stack sets wins, even if its value is empty: an empty value hides
 * the environment variable. Values are not trimmed.
 * @param config returns the value of a full key such as `azure-native:metadataHost`.
 */
export function readProviderSettings(
  config: (key: string) => string | undefined,
  env: NodeJS.ProcessEnv,
): ProviderSettings {
  const found = (Object.keys(variables) as ProviderKey[]).flatMap((key) => {
    const setting = readSetting(key, config(`azure-native:${key}`), env);
    return setting ? [[key, setting] as const] : [];
  });
  return Object.fromEntries(found);
}

function readSetting(
  key: ProviderKey,
  configured: string | undefined,
  env: NodeJS.ProcessEnv,
): ProviderSetting | undefined {
  if (configured !== undefined)
    return configured === "" ? undefined : { value: configured, source: `azure-native:${key}` };
  for (const name of variables[key]) {
    const value = env[name];
    if (value) return { value, source: name };
  }
  return undefined;
}

/** The names of a setting for a message: `azure-native:tenantId or ARM_TENANT_ID`. */
export function settingNames(key: ProviderKey): string {
  return [`azure-native:${key}`, ...variables[key]].join(" or ");
}

/** True only for the exact text `true`, as the provider reads booleans. */
export function isOn(settings: ProviderSettings, key: ProviderKey): boolean {
  return settings[key]?.value === "true";
}
