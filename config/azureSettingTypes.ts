import { formatValue, type Problem } from "../azureml/problem";
import type { ProviderKey, ProviderSettings } from "../azureml/providerSettings";

/**
 * Types of azure-native's settings, beyond the booleans that choose the identity (azureml/login.ts checks those). Source: the
 * provider's schema, @pulumi/azure-native/provider.d.ts and @pulumi/azure-native/config/vars.d.ts of 3.28.0.
 */
interface SettingType {
  test(value: string): boolean;
  allowed: string;
}

const guid: SettingType = {
  test: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  allowed: "a GUID such as 00000000-0000-0000-0000-000000000000",
};
/** A tenant can also be named by one of its domains. */
const tenant: SettingType = {
  test: (value) => guid.test(value) || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(value),
  allowed: "the tenant's id, a GUID, or one of its domains such as contoso.onmicrosoft.com",
};
const url: SettingType = {
  test: (value) => /^https?:$/.test(protocolOf(value)),
  allowed: "a URL that begins with https://",
};
const host: SettingType = {
  test: (value) => /^(https?:\/\/)?[\w.-]+(:\d{1,5})?\/?$/.test(value),
  allowed: "a host name such as management.contoso.com, with or without a port",
};
const boolean: SettingType = { test: (value) => /^(true|false)$/.test(value), allowed: "true, false" };

function protocolOf(value: string): string {
  try {
    return new URL(value).protocol;
  } catch {
    return "";
  }
}

const types: Partial<Record<ProviderKey, SettingType>> = {
  tenantId: tenant,
  clientId: guid,
  oidcRequestUrl: url,
  resourceManagerEndpoint: url,
  activeDirectoryAuthorityHost: url,
  metadataHost: host,
};

/** Settings that the program does not read itself. They can be set in the stack only. */
const providerOnly: Readonly<Record<string, SettingType>> = {
  disablePulumiPartnerId: boolean,
  skipReadOnUpdate: boolean,
  msiEndpoint: url,
  partnerId: guid,
};

/** Values of another type. The provider ignores some of them, and fails on others only when it logs in. */
export function settingTypeProblems(
  settings: ProviderSettings,
  values: Readonly<Record<string, string>>,
): Problem[] {
  const given = [
    ...(Object.entries(types) as [ProviderKey, SettingType][]).map(
      ([key, type]) => [settings[key]?.source, settings[key]?.value, type] as const,
    ),
    ...Object.entries(providerOnly).map(
      ([key, type]) => [`azure-native:${key}`, values[`azure-native:${key}`], type] as const,
    ),
  ];
  return given.flatMap(([property, value, { test, allowed }]): Problem[] =>
    property === undefined || !value || test(value.trim())
      ? []
      : [{ property, seen: formatValue(value), allowed, remedy: "Correct it, or remove it." }],
  );
}
