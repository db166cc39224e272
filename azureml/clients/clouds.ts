import { azureMlError, errorText } from "../errors";
import { createHttp, type Http } from "../http/http";
import { redactedLine } from "../http/redact";
import { type ProviderSettings, readProviderSettings } from "../providerSettings";

/** Endpoints and token scopes of one Azure cloud. */
export interface CloudEndpoints {
  /** `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`, or the name in the metadata document. */
  name: string;
  /** Azure Resource Manager, without trailing slash. */
  resourceManager: string;
  loginEndpoint: string;
  /** Token scopes. */
  armScope: string;
  /** For the job service's `x-azureml-token` header. */
  mlScope: string;
  storageScope: string;
  /** For example `core.windows.net`. */
  storageSuffix: string;
  /** Base URL of `registrymanagement/v1.0/registries/<name>/discovery`, without trailing slash. */
  registryDiscovery: string;
}

/** What selects the cloud and the identity; see `azureOptions`. */
export interface AzureOptions {
  settings: ProviderSettings;
  /** Overrides the cloud's registry discovery URL. */
  registryDiscoveryUrl?: string;
}

// Source: the cloud table of azure-ai-ml and the public metadata documents.
const knownClouds = {
  public: {
    name: "AzureCloud",
    resourceManager: "https://management.azure.com",
    loginEndpoint: "https://login.microsoftonline.com",
    armScope: "https://management.azure.com/.default",
    mlScope: "https://ml.azure.com/.default",
    storageScope: "https://storage.azure.com/.default",
    storageSuffix: "core.windows.net",
    registryDiscovery: "https://eastus.api.azureml.ms",
  },
  usgovernment: {
    name: "AzureUSGovernment",
    resourceManager: "https://management.usgovcloudapi.net",
    loginEndpoint: "https://login.microsoftonline.us",
    armScope: "https://management.usgovcloudapi.net/.default",
    mlScope: "https://ml.azure.us/.default",
    storageScope: "https://storage.azure.com/.default",
    storageSuffix: "core.usgovcloudapi.net",
    registryDiscovery: "https://usgovarizona.api.ml.azure.us",
  },
  china: {
    name: "AzureChinaCloud",
    resourceManager: "https://management.chinacloudapi.cn",
    loginEndpoint: "https://login.chinacloudapi.cn",
    armScope: "https://management.chinacloudapi.cn/.default",
    mlScope: "https://ml.azure.cn/.default",
    storageScope: "https://storage.azure.com/.default",
    storageSuffix: "core.chinacloudapi.cn",
    registryDiscovery: "https://chinaeast2.api.ml.azure.cn",
  },
} satisfies Record<string, CloudEndpoints>;

// Source: pulumi/pulumi-azure-native, provider/pkg/azure/cloud/cloud.go (`FromName`). Older providers use the public cloud for any
// other name, newer ones refuse it.
const aliases: Record<string, keyof typeof knownClouds> = {
  public: "public",
  azurecloud: "public",
  usgovernment: "usgovernment",
  usgov: "usgovernment",
  usgovernmentl4: "usgovernment",
  azureusgovernment: "usgovernment",
  azureusgovernmentcloud: "usgovernment",
  china: "china",
  azurechinacloud: "china",
};

/**
 * The settings of azure-native from the stack's configuration and the environment. `config` returns the value of a full
 * key such as `azure-native:metadataHost`.
 */
export function azureOptions(
  config: (key: string) => string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): AzureOptions {
  const discovery = env.REGISTRY_DISCOVERY_ENDPOINT_URL?.trim();
  return {
    settings: readProviderSettings(config, env),
    ...(discovery && { registryDiscoveryUrl: discovery }),
  };
}

/**
 * Endpoints of the selected cloud, in the provider's order: three explicit endpoints, the metadata document
 * (`GET <host>/metadata/endpoints?api-version=2022-09-01`, no token), the named environment. With the Azure CLI the cloud is the
 * one it is logged in to, and another configured one is refused, as the provider does.
 * @param cliEnvironment `environmentName` of the CLI's account, if the CLI supplies the token
 */
export async function discoverCloud(
  options: AzureOptions,
  { http = createHttp({}), cliEnvironment }: { http?: Http; cliEnvironment?: string } = {},
): Promise<CloudEndpoints> {
  const configured = await configuredCloud(options.settings, http);
  const cloud = cliEnvironment === undefined ? configured : sameCloud(configured, cliEnvironment);
  const found = cloud ?? knownClouds.public;
  if (!options.registryDiscoveryUrl) return found;
  return { ...found, registryDiscovery: trimSlash(options.registryDiscoveryUrl) };
}

async function configuredCloud(settings: ProviderSettings, http: Http): Promise<CloudEndpoints | undefined> {
  const {
    activeDirectoryAuthorityHost,
    resourceManagerEndpoint,
    resourceManagerAudience,
    metadataHost,
    environment,
  } = settings;
  if (activeDirectoryAuthorityHost && resourceManagerEndpoint && resourceManagerAudience) {
    return endpointsOf({
      resourceManager: resourceManagerEndpoint.value,
      authentication: {
        loginEndpoint: activeDirectoryAuthorityHost.value,
        audiences: [resourceManagerAudience.value],
      },
    });
  }
  if (metadataHost) return fromMetadata(metadataHost.value, http);
  return environment && byName(environment.value);
}

function sameCloud(configured: CloudEndpoints | undefined, cliEnvironment: string): CloudEndpoints {
  const active = knownByName(cliEnvironment);
  if (configured && (!active || active.loginEndpoint !== configured.loginEndpoint)) {
    throw azureMlError("LoginSettings", {
      property: "azure-native:environment",
      seen: `the configured cloud is ${configured.name}, but the Azure CLI is logged in to ${cliEnvironment}`,
      remedy:
        "Run `az cloud set --name <cloud>` and `az login`, or configure another identity for the azure-native provider.",
    });
  }
  if (active) return configured ?? active;
  // Only the newest providers read the endpoints of a registered cloud from the CLI. Older ones use the public cloud.
  throw azureMlError("LoginSettings", {
    property: "azure-native:metadataHost",
    seen: `not set, and the Azure CLI is logged in to ${cliEnvironment}, which is not one of ${Object.keys(knownClouds).join(", ")}`,
    remedy:
      "Set azure-native:metadataHost to that cloud's host, and use a service principal or a managed identity.",
  });
}

const knownByName = (name: string): CloudEndpoints | undefined => {
  const key = aliases[name.toLowerCase()];
  return key && knownClouds[key];
};

function byName(environment: string): CloudEndpoints {
  const known = knownByName(environment);
  if (known) return known;
  throw azureMlError("UnknownEnvironment", { environment, allowed: Object.keys(knownClouds).join(", ") });
}

interface MetadataDocument {
  name?: string;
  portal?: string;
  resourceManager?: string;
  authentication?: { loginEndpoint?: string; audiences?: string[] };
  suffixes?: { storage?: string };
}

async function fromMetadata(host: string, http: Http): Promise<CloudEndpoints> {
  const base = trimSlash(/^https?:\/\//i.test(host) ? host : `https://${host}`);
  const url = `${base}/metadata/endpoints`;
  try {
    const response = await http({
      method: "GET",
      url,
      query: { "api-version": "2022-09-01" },
      what: "cloud metadata",
      timeoutMs: 20_000,
      maxRetries: 2,
    });
    return parseMetadata(response.body, base);
  } catch (error) {
    throw azureMlError(
      "MetadataUnavailable",
      { url, detail: redactedLine(errorText(error), 400) },
      { cause: error },
    );
  }
}

/** Parses a metadata document. From an array of clouds, takes the one whose ARM URL is `base`. */
export function parseMetadata(body: unknown, base: string): CloudEndpoints {
  const documents = (Array.isArray(body) ? body : [body]) as Array<MetadataDocument | undefined>;
  const document =
    documents.find((one) => one?.resourceManager && trimSlash(one.resourceManager) === base) ?? documents[0];
  return endpointsOf(document ?? {});
}

function endpointsOf(document: MetadataDocument): CloudEndpoints {
  const { resourceManager, authentication } = document;
  if (!resourceManager || !authentication?.loginEndpoint) {
    throw new Error("resourceManager or authentication.loginEndpoint is missing");
  }
  const known = Object.values(knownClouds).find(
    (cloud) => cloud.resourceManager === trimSlash(resourceManager),
  );
  return {
    name: document.name ?? known?.name ?? "custom",
    resourceManager: trimSlash(resourceManager),
    loginEndpoint: trimSlash(authentication.loginEndpoint),
    armScope: `${trimSlash(authentication.audiences?.[0] ?? resourceManager)}/.default`,
    mlScope: known?.mlScope ?? `${mlResource(document.portal)}/.default`,
    storageScope: "https://storage.azure.com/.default",
    storageSuffix: document.suffixes?.storage ?? known?.storageSuffix ?? "core.windows.net",
    registryDiscovery: known?.registryDiscovery ?? trimSlash(resourceManager),
  };
}

/**
 * `https://portal.azure.<rest>` → `https://ml.azure.<rest>`: the rule of azure-ai-ml for clouds not in its
 * table.
 */
function mlResource(portal: string | undefined): string {
  const labels = portal ? new URL(portal).hostname.split(".") : [];
  return labels.length >= 3 ? `https://ml.azure.${labels.slice(2).join(".")}` : "https://ml.azure.com";
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
