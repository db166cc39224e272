import { chooseLogin } from "../azureml/login";
import { formatValue, type Problem } from "../azureml/problem";
import { readProviderSettings } from "../azureml/providerSettings";
import { settingTypeProblems } from "./azureSettingTypes";

/** azure-native's settings that the program uses as well. Both go into URLs, so their form is checked first. */
export interface AzureSettings {
  /** In the form of Azure's own names: `eastus2`. Absent if not set. */
  location?: string;
  subscriptionId?: string;
  problems: Problem[];
}

/** azure-native's settings. The provider silently ignores a misspelled one, so it is reported here. */
export const azureNativeKeys: readonly string[] = [
  "auxiliaryTenantIds",
  "clientCertificatePassword",
  "clientCertificatePath",
  "clientId",
  "clientSecret",
  "activeDirectoryAuthorityHost",
  "disableInstanceDiscovery",
  "disablePulumiPartnerId",
  "environment",
  "location",
  "metadataHost",
  "msiEndpoint",
  "oidcAudience",
  "oidcRequestToken",
  "oidcRequestUrl",
  "oidcToken",
  "oidcTokenFilePath",
  "partnerId",
  "resourceManagerAudience",
  "resourceManagerEndpoint",
  "skipReadOnUpdate",
  "subscriptionId",
  "tenantId",
  "useDefaultAzureCredential",
  "useMsi",
  "useOidc",
  "version",
];

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Checks subscription, region and the settings that choose the identity. */
export function azureSettings(
  values: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): AzureSettings {
  const settings = readProviderSettings((key) => values[key], env);
  const problems: Problem[] = [];
  const { subscriptionId } = settings;
  if (!subscriptionId) problems.push(noSubscription(env));
  else if (!guid.test(subscriptionId.value))
    problems.push({
      property: subscriptionId.source,
      seen: formatValue(subscriptionId.value),
      allowed: "the id of an Azure subscription, a GUID such as 00000000-0000-0000-0000-000000000000",
      remedy: "Set the id that `az account show --query id` prints, not the subscription's name.",
    });
  problems.push(...settingTypeProblems(settings, values));
  const chosen = chooseLogin(settings);
  if ("problems" in chosen) {
    const known = new Set(problems.map(({ property }) => property));
    problems.push(...chosen.problems.filter(({ property }) => !known.has(property)));
  }
  const location = normalLocation(values["azure-native:location"], problems);
  return {
    problems,
    ...(location && { location }),
    ...(subscriptionId && { subscriptionId: subscriptionId.value }),
  };
}

function noSubscription(env: NodeJS.ProcessEnv): Problem {
  const other = env.AZURE_SUBSCRIPTION_ID
    ? " (AZURE_SUBSCRIPTION_ID is set, but the azure-native provider does not read it)"
    : "";
  return {
    property: "azure-native:subscriptionId",
    seen: `not set${other}`,
    allowed: "the id of an Azure subscription",
    remedy: "Run `pulumi config set azure-native:subscriptionId <id>`, or set ARM_SUBSCRIPTION_ID.",
  };
}

/** `East US 2` → `eastus2`: the display name without spaces in lower case is the region's name. */
function normalLocation(given: string | undefined, problems: Problem[]): string | undefined {
  if (!given) return undefined;
  const name = given.replace(/ /g, "").toLowerCase();
  if (/^[a-z][a-z0-9]*$/.test(name)) return name;
  problems.push({
    property: "azure-native:location",
    seen: formatValue(given),
    allowed: "a region's name such as eastus2, or its display name such as East US 2",
    remedy: "Run `az account list-locations --query '[].name'` for the names.",
  });
  return undefined;
}
