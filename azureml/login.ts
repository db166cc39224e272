/**
 * Which identity the azure-native provider uses. The program makes the same choice, or reports why it cannot.
 *
 * Order and required settings: pulumi/pulumi-azure-native, provider/pkg/provider/auth_azidentity.go
 * (`newSingleMethodAuthCredential`), the same in all versions read since it has the default credential: default credential,
 * certificate, secret, OIDC, managed identity, Azure CLI. The first one configured is used. If it fails, no other is tried.
 */
import { formatValue, type Problem } from "./problem";
import { isOn, type ProviderKey, type ProviderSettings, settingNames } from "./providerSettings";

/** Where the token comes from that Entra ID exchanges for an access token. */
export type OidcSource =
  | { from: "token"; token: string }
  /** Read again for each exchange. */
  | { from: "file"; path: string }
  /** GitHub Actions: a request returns the token. */
  | { from: "request"; url: string; token: string; audience: string };

/** The chosen identity with everything that its credential needs. */
export type Login =
  | { kind: "default"; tenantId?: string }
  | { kind: "certificate"; tenantId: string; clientId: string; path: string; password?: string }
  | { kind: "secret"; tenantId: string; clientId: string; secret: string }
  | { kind: "oidc"; tenantId: string; clientId: string; source: OidcSource }
  /** Without a client id: the system-assigned identity. */
  | { kind: "managedIdentity"; clientId?: string }
  | { kind: "cli"; tenantId?: string; subscriptionId?: string };

/** The kind in words, for messages. */
export const loginNames: Readonly<Record<Login["kind"], string>> = {
  default: "the default Azure credential",
  certificate: "a service principal with a client certificate",
  secret: "a service principal with a client secret",
  oidc: "a service principal with an OIDC token",
  managedIdentity: "a managed identity",
  cli: "the Azure CLI",
};

const defaultAudience = "api://AzureADTokenExchange";
const booleans = ["useDefaultAzureCredential", "useOidc", "useMsi", "disableInstanceDiscovery"] as const;
const secrets: readonly ProviderKey[] = [
  "clientSecret",
  "clientCertificatePassword",
  "oidcToken",
  "oidcRequestToken",
];

/** Chooses by the settings alone and sends no request. */
export function chooseLogin(settings: ProviderSettings): { login: Login } | { problems: Problem[] } {
  const problems = [...valueProblems(settings), ...authorityProblems(settings)];
  const kind = loginKind(settings);
  const required = requiredSettings[kind].filter((key) => !settings[key]);
  problems.push(...required.map((key) => missing(key, kind, settings)));
  const text = (key: ProviderKey): string => settings[key]?.value ?? "";
  const source = kind === "oidc" ? oidcSource(settings) : undefined;
  if (kind === "oidc" && !source) problems.push(noOidcSource(settings));
  if (problems.length > 0) return { problems };
  const tenant = settings.tenantId && { tenantId: text("tenantId") };
  const application = { tenantId: text("tenantId"), clientId: text("clientId") };
  switch (kind) {
    case "default":
      return { login: { kind, ...tenant } };
    case "certificate": {
      const password = settings.clientCertificatePassword?.value;
      const path = text("clientCertificatePath");
      return { login: { kind, ...application, path, ...(password && { password }) } };
    }
    case "secret":
      return { login: { kind, ...application, secret: text("clientSecret") } };
    case "oidc":
      return { login: { kind, ...application, source: source as OidcSource } };
    case "managedIdentity":
      return { login: { kind, ...(settings.clientId && { clientId: text("clientId") }) } };
    case "cli":
      return {
        login: {
          kind,
          ...tenant,
          ...(settings.subscriptionId && { subscriptionId: text("subscriptionId") }),
        },
      };
  }
}

function loginKind(settings: ProviderSettings): Login["kind"] {
  if (isOn(settings, "useDefaultAzureCredential")) return "default";
  if (settings.clientCertificatePath) return "certificate";
  if (settings.clientSecret) return "secret";
  if (isOn(settings, "useOidc")) return "oidc";
  return isOn(settings, "useMsi") ? "managedIdentity" : "cli";
}

/** In the provider's order. Only the Azure CLI can supply a subscription by itself. */
const requiredSettings: Readonly<Record<Login["kind"], readonly ProviderKey[]>> = {
  default: ["subscriptionId"],
  certificate: ["subscriptionId", "tenantId", "clientId"],
  secret: ["subscriptionId", "tenantId", "clientId"],
  oidc: ["subscriptionId", "tenantId", "clientId"],
  managedIdentity: ["subscriptionId"],
  cli: [],
};

/** The setting that selects each kind. */
const selectors: Readonly<Record<Login["kind"], ProviderKey | undefined>> = {
  default: "useDefaultAzureCredential",
  certificate: "clientCertificatePath",
  secret: "clientSecret",
  oidc: "useOidc",
  managedIdentity: "useMsi",
  cli: undefined,
};

function missing(key: ProviderKey, kind: Login["kind"], settings: ProviderSettings): Problem {
  const selector = selectors[kind];
  const source = selector && settings[selector]?.source;
  return {
    property: `azure-native:${key}`,
    seen: `not set, but required for ${loginNames[kind]}${source ? `, which ${source} selects` : ""}`,
    remedy: `Set ${settingNames(key)}${source ? `, or remove ${source}` : ""}.`,
  };
}

/** The provider uses the first complete one. */
function oidcSource({
  oidcToken,
  oidcTokenFilePath,
  oidcRequestUrl,
  oidcRequestToken,
  oidcAudience,
}: ProviderSettings): OidcSource | undefined {
  if (oidcToken) return { from: "token", token: oidcToken.value };
  if (oidcTokenFilePath) return { from: "file", path: oidcTokenFilePath.value };
  if (!oidcRequestUrl || !oidcRequestToken) return undefined;
  const audience = oidcAudience?.value ?? defaultAudience;
  return { from: "request", url: oidcRequestUrl.value, token: oidcRequestToken.value, audience };
}

function noOidcSource(settings: ProviderSettings): Problem {
  const half = (["oidcRequestUrl", "oidcRequestToken"] as const).find((key) => settings[key]);
  const selected = settings.useOidc?.source ?? "azure-native:useOidc";
  return {
    property: "azure-native:oidcToken",
    seen: `${selected} selects OIDC, but no token is available${half ? `: of the two settings for a token request only ${settings[half]?.source} is set` : ""}`,
    allowed: `${settingNames("oidcToken")}, ${settingNames("oidcTokenFilePath")}, or both oidcRequestUrl and oidcRequestToken`,
    remedy:
      "In GitHub Actions give the job `permissions: id-token: write`. In Azure DevOps run an AzureCLI@2 task with addSpnToEnvironment and " +
      "set ARM_OIDC_TOKEN=$idToken: the provider does not read SYSTEM_OIDCREQUESTURI. In GitLab name an id_token ARM_OIDC_TOKEN.",
  };
}

/** Values that the provider reads otherwise than the person who wrote them, or not at all. */
function valueProblems(settings: ProviderSettings): Problem[] {
  const problems: Problem[] = [];
  for (const key of booleans) {
    const setting = settings[key];
    if (!setting || /^(true|false)$/.test(setting.value)) continue;
    problems.push({
      property: setting.source,
      seen: `${formatValue(setting.value)}, which the azure-native provider reads as false`,
      allowed: "true, false",
      remedy: "Correct it, or remove it for false.",
    });
  }
  for (const [key, setting] of Object.entries(settings)) {
    if (setting.value === setting.value.trim() || booleans.some((name) => name === key)) continue;
    const shown = secrets.includes(key as ProviderKey) ? "the value" : formatValue(setting.value);
    problems.push({
      property: setting.source,
      seen: `${shown} begins or ends with white space, which the azure-native provider does not remove`,
      remedy: "Set the value without it.",
    });
  }
  const { auxiliaryTenantIds } = settings;
  if (auxiliaryTenantIds && !isTextList(auxiliaryTenantIds.value))
    problems.push({
      property: auxiliaryTenantIds.source,
      seen: formatValue(auxiliaryTenantIds.value),
      allowed: 'a JSON list of tenant ids: ["…"]',
      remedy: "Correct it, or remove it.",
    });
  return problems;
}

function isTextList(text: string): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string");
  } catch {
    return false;
  }
}

/** The provider ignores an incomplete set of endpoints and uses the public cloud. */
function authorityProblems(settings: ProviderSettings): Problem[] {
  const endpoints = [
    "activeDirectoryAuthorityHost",
    "resourceManagerEndpoint",
    "resourceManagerAudience",
  ] as const;
  const given = endpoints.flatMap((key) => settings[key]?.source ?? []);
  if (given.length === 0 || given.length === endpoints.length) return [];
  return [
    {
      property: given.join(", "),
      seen: "set, but the other endpoints of the cloud are not",
      allowed: endpoints.map(settingNames).join(", ") + ": all three or none",
      remedy: "Set all three, or use azure-native:environment or azure-native:metadataHost.",
    },
  ];
}
