/**
 * Credentials, chosen in the real provider's order. A kind that fails is an error: the next one is not tried.
 */
import { readFile } from "node:fs/promises";
import type { TokenCredential } from "@azure/identity";
import { isObject } from "../host/values";
import type { AzureCloud } from "./clouds";
import type { ProviderConfig } from "./config";
import { httpJson } from "./http";

export interface Login {
  method: string;
  credential: TokenCredential;
}

export type LoginKind =
  | "the default Azure credential"
  | "a client certificate"
  | "a client secret"
  | "OIDC"
  | "a managed identity"
  | "the Azure CLI";

export function loginKind(config: ProviderConfig): LoginKind {
  if (config.flag("useDefaultAzureCredential")) return "the default Azure credential";
  if (config.text("clientCertificatePath")) return "a client certificate";
  if (config.text("clientSecret")) return "a client secret";
  if (config.flag("useOidc")) return "OIDC";
  return config.flag("useMsi") ? "a managed identity" : "the Azure CLI";
}

const DEFAULT_OIDC_AUDIENCE = "api://AzureADTokenExchange";

function required(config: ProviderConfig, key: string, method: string): string {
  const value = config.text(key);
  if (!value) throw new Error(`A ${key} must be configured when authenticating with ${method}`);
  return value;
}

/** The token to exchange: from the configuration, from a file, or fetched from the CI system. */
async function oidcAssertion(config: ProviderConfig): Promise<string> {
  const direct = config.text("oidcToken");
  if (direct) return direct;
  const file = config.text("oidcTokenFilePath");
  if (file) return (await readFile(file, "utf8")).trim();
  const url = config.text("oidcRequestUrl");
  const token = config.text("oidcRequestToken");
  if (!url || !token) {
    throw new Error(
      "OIDC needs one of oidcToken (ARM_OIDC_TOKEN), oidcTokenFilePath (ARM_OIDC_TOKEN_FILE_PATH), or oidcRequestUrl and " +
        "oidcRequestToken (ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN)",
    );
  }
  const target = new URL(url);
  target.searchParams.set("audience", config.text("oidcAudience") ?? DEFAULT_OIDC_AUDIENCE);
  const answer = await httpJson(target.href, { authorization: `Bearer ${token}` });
  const value = isObject(answer) ? answer["value"] : undefined;
  if (typeof value !== "string")
    throw new Error(`the response to the OIDC token request at ${target.origin} contains no token`);
  return value;
}

// Loaded on first use: it is the slowest part of the plugin's start, and a plugin may never need a token.
const loadIdentity = () => import("@azure/identity");
type Identity = Awaited<ReturnType<typeof loadIdentity>>;

function makeCredential(
  identity: Identity,
  kind: LoginKind,
  config: ProviderConfig,
  cloud: AzureCloud,
): TokenCredential {
  const authority = {
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: config.flag("disableInstanceDiscovery"),
  };
  const tenantId = config.text("tenantId");
  const clientId = config.text("clientId");
  const subscription = config.text("subscriptionId");
  const tenant = (): string => required(config, "tenantId", kind);
  const client = (): string => required(config, "clientId", kind);
  switch (kind) {
    case "the default Azure credential":
      return new identity.DefaultAzureCredential(authority);
    case "a client certificate": {
      const certificatePassword = config.text("clientCertificatePassword");
      const certificate = {
        certificatePath: config.text("clientCertificatePath")!,
        ...(certificatePassword ? { certificatePassword } : {}),
      };
      return new identity.ClientCertificateCredential(tenant(), client(), certificate, authority);
    }
    case "a client secret":
      return new identity.ClientSecretCredential(tenant(), client(), config.text("clientSecret")!, authority);
    case "OIDC":
      return new identity.ClientAssertionCredential(
        tenant(),
        client(),
        () => oidcAssertion(config),
        authority,
      );
    case "a managed identity":
      return new identity.ManagedIdentityCredential(clientId ? { clientId } : {});
    case "the Azure CLI":
      return new identity.AzureCliCredential({
        ...(tenantId ? { tenantId } : {}),
        ...(subscription ? { subscription } : {}),
      });
  }
}

/** Chooses by configuration alone and sends no request. @throws if the chosen kind lacks a setting */
export async function login(config: ProviderConfig, cloud: AzureCloud): Promise<Login> {
  const method = loginKind(config);
  return { method, credential: makeCredential(await loadIdentity(), method, config, cloud) };
}
