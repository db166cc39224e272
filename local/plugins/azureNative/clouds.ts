/** Which Azure cloud to use: a public one by name, or the one a metadata host describes. */
import type { ProviderConfig } from "./config";
import { httpJson } from "./http";
import { isObject, type Properties } from "../host/values";

export interface AzureCloud {
  name: string;
  /** ARM endpoint, no trailing slash. */
  resourceManager: string;
  /** Audience of tokens for ARM, as written in the scope before `/.default`. */
  audience: string;
  /** Entra ID endpoint, for credentials that request tokens there. */
  authorityHost: string;
}

const PUBLIC_CLOUDS: Record<string, AzureCloud> = {
  public: {
    name: "AzureCloud",
    resourceManager: "https://management.azure.com",
    audience: "https://management.core.windows.net/",
    authorityHost: "https://login.microsoftonline.com",
  },
  usgovernment: {
    name: "AzureUSGovernment",
    resourceManager: "https://management.usgovcloudapi.net",
    audience: "https://management.core.usgovcloudapi.net",
    authorityHost: "https://login.microsoftonline.us",
  },
  china: {
    name: "AzureChinaCloud",
    resourceManager: "https://management.chinacloudapi.cn",
    audience: "https://management.core.chinacloudapi.cn",
    authorityHost: "https://login.chinacloudapi.cn",
  },
};

const ALIASES: Record<string, string> = {
  azurecloud: "public",
  usgov: "usgovernment",
  usgovernmentl4: "usgovernment",
  azureusgovernment: "usgovernment",
  azureusgovernmentcloud: "usgovernment",
  azurechinacloud: "china",
};

const METADATA_API_VERSION = "2022-09-01";

function bare(url: string): string {
  return url.replace(/\/+$/, "");
}

function fromMetadata(url: string, document: unknown): AzureCloud {
  const entry = (Array.isArray(document) ? document[0] : document) as unknown;
  const problem = (what: string): Error =>
    new Error(`the cloud metadata at ${url} has no ${what}; is metadataHost / ARM_METADATA_HOSTNAME right?`);
  if (!isObject(entry)) throw problem("document");
  const authentication = isObject(entry["authentication"]) ? entry["authentication"] : ({} as Properties);
  const audiences = authentication["audiences"];
  const audience = Array.isArray(audiences) ? audiences[0] : undefined;
  const { resourceManager, name } = entry;
  const loginEndpoint = authentication["loginEndpoint"];
  if (typeof resourceManager !== "string") throw problem("resourceManager");
  if (typeof loginEndpoint !== "string") throw problem("authentication.loginEndpoint");
  if (typeof audience !== "string") throw problem("authentication.audiences[0]");
  return {
    name: typeof name === "string" ? name : "custom",
    resourceManager: bare(resourceManager),
    audience,
    authorityHost: bare(loginEndpoint),
  };
}

/**
 * The configured cloud; with the Azure CLI its active cloud, which a configured one must equal.
 * @param cliEnvironment `environmentName` of the CLI's account
 */
export async function azureCloud(config: ProviderConfig, cliEnvironment?: string): Promise<AzureCloud> {
  const configured = await configuredCloud(config);
  if (cliEnvironment === undefined) return configured ?? PUBLIC_CLOUDS["public"]!;
  const active = namedCloud(cliEnvironment);
  if (configured && active?.authorityHost !== configured.authorityHost) {
    throw new Error(
      `the configured Azure environment '${configured.name}' is not the Azure CLI's active one, '${cliEnvironment}'`,
    );
  }
  if (active) return active;
  // The newest provider reads a registered cloud's endpoints from the CLI. This stand-in does not.
  throw new Error(
    `the Azure CLI's cloud '${cliEnvironment}' is not one of ${Object.keys(PUBLIC_CLOUDS).join(", ")}`,
  );
}

function namedCloud(name: string): AzureCloud | undefined {
  const key = name.toLowerCase();
  return PUBLIC_CLOUDS[ALIASES[key] ?? key];
}

/** The explicit endpoints (all three or none), else the metadata host, else the named environment. */
async function configuredCloud(config: ProviderConfig): Promise<AzureCloud | undefined> {
  const explicit = ["activeDirectoryAuthorityHost", "resourceManagerEndpoint", "resourceManagerAudience"];
  const given = explicit.filter((key) => config.text(key) !== undefined);
  if (given.length === explicit.length) {
    return {
      name: "custom",
      authorityHost: bare(config.text("activeDirectoryAuthorityHost")!),
      resourceManager: bare(config.text("resourceManagerEndpoint")!),
      audience: config.text("resourceManagerAudience")!,
    };
  }
  if (given.length > 0) {
    throw new Error(
      `${given.join(", ")} set without ${explicit.filter((key) => !given.includes(key)).join(", ")}`,
    );
  }
  const host = config.text("metadataHost");
  if (host) {
    const base = host.includes("://") ? bare(host) : `https://${host}`;
    const url = `${base}/metadata/endpoints?api-version=${METADATA_API_VERSION}`;
    return fromMetadata(url, await httpJson(url));
  }
  const environment = config.text("environment");
  if (environment === undefined) return undefined;
  const cloud = namedCloud(environment);
  if (!cloud) {
    throw new Error(
      `azure-native:environment is '${environment}'; allowed: ${Object.keys(PUBLIC_CLOUDS).join(", ")} ` +
        `(for another cloud set azure-native:metadataHost)`,
    );
  }
  return cloud;
}
