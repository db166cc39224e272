import { azureMlError, errorText } from "../errors";
import { createHttp, type Http } from "../http/http";
import { redactedLine } from "../http/redact";

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

/** Settings that select the cloud; see `cloudOptionsFrom`. */
export interface CloudOptions {
  /**
   * `host[:port]` or `https://host[:port]` that serves `/metadata/endpoints`. Takes precedence over
   * `environment`.
   */
  metadataHost?: string;
  /** `public` (default), `usgovernment`, `china`, or the Azure CLI's cloud names. */
  environment?: string;
  tenantId?: string;
  subscriptionId?: string;
  /** For clouds whose login host is not Microsoft's. */
  disableInstanceDiscovery?: boolean;
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

const aliases: Record<string, keyof typeof knownClouds> = {
  public: "public",
  azurecloud: "public",
  azurepubliccloud: "public",
  usgovernment: "usgovernment",
  usgov: "usgovernment",
  azureusgovernment: "usgovernment",
  azureusgovernmentcloud: "usgovernment",
  china: "china",
  azurechinacloud: "china",
};

/**
 * Reads the cloud settings: first the stack configuration (`azure-native:*`), then the environment variables
 * that azure-native reads. `config` returns the value of a full key such as `azure-native:metadataHost`.
 */
export function cloudOptionsFrom(
  config: (key: string) => string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): CloudOptions {
  const given = (value: string | undefined): string | undefined => value?.trim() || undefined;
  const disable =
    given(config("azure-native:disableInstanceDiscovery")) ?? given(env.ARM_DISABLE_INSTANCE_DISCOVERY);
  return {
    metadataHost: given(config("azure-native:metadataHost")) ?? given(env.ARM_METADATA_HOSTNAME),
    environment:
      given(config("azure-native:environment")) ?? given(env.ARM_ENVIRONMENT) ?? given(env.AZURE_ENVIRONMENT),
    tenantId: given(config("azure-native:tenantId")) ?? given(env.ARM_TENANT_ID),
    subscriptionId: given(config("azure-native:subscriptionId")) ?? given(env.ARM_SUBSCRIPTION_ID),
    disableInstanceDiscovery: disable?.toLowerCase() === "true" || undefined,
    registryDiscoveryUrl: given(env.REGISTRY_DISCOVERY_ENDPOINT_URL),
  };
}

/**
 * Endpoints of the selected cloud: from the table for the three public clouds, otherwise from the metadata
 * document (`GET <host>/metadata/endpoints?api-version=2022-09-01`, no token).
 */
export async function discoverCloud(
  options: CloudOptions,
  http: Http = createHttp({}),
): Promise<CloudEndpoints> {
  const cloud = options.metadataHost
    ? await fromMetadata(options.metadataHost, http)
    : byName(options.environment ?? "public");
  if (!options.registryDiscoveryUrl) return cloud;
  return { ...cloud, registryDiscovery: trimSlash(options.registryDiscoveryUrl) };
}

function byName(environment: string): CloudEndpoints {
  const key = aliases[environment.toLowerCase()];
  if (!key) {
    throw azureMlError("UnknownEnvironment", {
      environment,
      allowed: Object.keys(knownClouds).join(", "),
    });
  }
  return knownClouds[key];
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
  const { resourceManager, authentication } = document ?? {};
  if (!resourceManager || !authentication?.loginEndpoint) {
    throw new Error("resourceManager or authentication.loginEndpoint is missing");
  }
  const known = Object.values(knownClouds).find(
    (cloud) => cloud.resourceManager === trimSlash(resourceManager),
  );
  return {
    name: document?.name ?? known?.name ?? "custom",
    resourceManager: trimSlash(resourceManager),
    loginEndpoint: trimSlash(authentication.loginEndpoint),
    armScope: `${trimSlash(authentication.audiences?.[0] ?? resourceManager)}/.default`,
    mlScope: known?.mlScope ?? `${mlResource(document?.portal)}/.default`,
    storageScope: "https://storage.azure.com/.default",
    storageSuffix: document?.suffixes?.storage ?? known?.storageSuffix ?? "core.windows.net",
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
