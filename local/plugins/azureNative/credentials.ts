/**
 * Credentials, chosen in the real provider's order (auth_azidentity.go, `newSingleMethodAuthCredential`). A kind that fails is an
 * error: the next one is not tried.
 */
import { readFile } from "node:fs/promises";
import type { TokenCredential } from "@azure/identity";
import { isObject } from "../host/values";
import type { CliAccount } from "./cli";
import type { AzureCloud } from "./clouds";
import type { ProviderConfig } from "./config";
import { goDefaultChain } from "./goDefaultChain";
import { httpJson } from "./http";
import { type Identity, loadIdentity } from "./identityModule";

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

/** What identifies the principal, without secrets. */
export interface LoginChoice {
  kind: LoginKind;
  tenantId?: string;
  clientId?: string;
  /** Where an OIDC token comes from. */
  token?: "oidcToken" | "oidcTokenFilePath" | "oidcRequestUrl";
}

/** In the order in which the real provider checks them. */
const REQUIRED: Record<LoginKind, readonly string[]> = {
  "the default Azure credential": ["subscriptionId"],
  "a client certificate": ["subscriptionId", "tenantId", "clientId"],
  "a client secret": ["subscriptionId", "tenantId", "clientId"],
  OIDC: ["subscriptionId", "tenantId", "clientId"],
  "a managed identity": ["subscriptionId"],
  "the Azure CLI": [],
};

const NAMES: Record<string, string> = {
  subscriptionId: "Subscription ID",
  tenantId: "Tenant ID",
  clientId: "Client ID",
};

/** Chooses by configuration alone and sends no request. @throws if the chosen kind lacks a setting */
export function chooseLogin(config: ProviderConfig): LoginChoice {
  const kind = loginKind(config);
  for (const key of REQUIRED[kind]) {
    if (!config.text(key))
      throw new Error(
        `A ${NAMES[key]} must be configured when authenticating with ${kind}: set azure-native:${key}`,
      );
  }
  const auxiliary = config.text("auxiliaryTenantIds");
  if (auxiliary && !isList(auxiliary))
    throw new Error(`failed to unmarshal '${auxiliary}' as Auxiliary Tenants`);
  const tenantId = config.text("tenantId");
  const clientId = config.text("clientId");
  const application = { ...(tenantId && { tenantId }), ...(clientId && { clientId }) };
  switch (kind) {
    case "OIDC":
      return { kind, ...application, token: tokenSource(config) };
    case "a managed identity":
      return { kind, ...(clientId && { clientId }) };
    case "the default Azure credential":
    case "the Azure CLI":
      return { kind, ...(tenantId && { tenantId }) };
    default:
      return { kind, ...application };
  }
}

function loginKind(config: ProviderConfig): LoginKind {
  if (config.flag("useDefaultAzureCredential")) return "the default Azure credential";
  if (config.text("clientCertificatePath")) return "a client certificate";
  if (config.text("clientSecret")) return "a client secret";
  if (config.flag("useOidc")) return "OIDC";
  return config.flag("useMsi") ? "a managed identity" : "the Azure CLI";
}

function isList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

function tokenSource(config: ProviderConfig): NonNullable<LoginChoice["token"]> {
  if (config.text("oidcToken")) return "oidcToken";
  if (config.text("oidcTokenFilePath")) return "oidcTokenFilePath";
  if (config.text("oidcRequestUrl") && config.text("oidcRequestToken")) return "oidcRequestUrl";
  throw new Error(
    "An OIDC token or request URL and token must be configured when authenticating with OIDC: oidcToken (ARM_OIDC_TOKEN), " +
      "oidcTokenFilePath (ARM_OIDC_TOKEN_FILE_PATH), or oidcRequestUrl and oidcRequestToken (ACTIONS_ID_TOKEN_REQUEST_URL, " +
      "ACTIONS_ID_TOKEN_REQUEST_TOKEN)",
  );
}

const DEFAULT_OIDC_AUDIENCE = "api://AzureADTokenExchange";

/** The token to exchange: from the configuration, from a file, or fetched from the CI system. */
async function oidcAssertion(config: ProviderConfig): Promise<string> {
  const direct = config.text("oidcToken");
  if (direct) return direct;
  const file = config.text("oidcTokenFilePath");
  if (file) return readFile(file, "utf8");
  const target = new URL(config.text("oidcRequestUrl")!);
  target.searchParams.set("audience", config.text("oidcAudience") ?? DEFAULT_OIDC_AUDIENCE);
  const authorization = `Bearer ${config.text("oidcRequestToken")!}`;
  const answer = await httpJson(target.href, { authorization });
  const value = isObject(answer) ? answer["value"] : undefined;
  if (typeof value !== "string")
    throw new Error(`the response to the OIDC token request at ${target.origin} contains no token`);
  return value;
}

function makeCredential(
  identity: Identity,
  choice: LoginChoice,
  config: ProviderConfig,
  cloud: AzureCloud,
  account: CliAccount | undefined,
): TokenCredential {
  const authority = {
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: config.flag("disableInstanceDiscovery"),
  };
  const { tenantId = "", clientId = "" } = choice;
  switch (choice.kind) {
    case "the default Azure credential":
      return goDefaultChain(identity, { ...authority, ...(tenantId && { tenantId }) }, process.env);
    case "a client certificate": {
      const certificatePassword = config.text("clientCertificatePassword");
      const certificate = {
        certificatePath: config.text("clientCertificatePath")!,
        ...(certificatePassword ? { certificatePassword } : {}),
      };
      return new identity.ClientCertificateCredential(tenantId, clientId, certificate, authority);
    }
    case "a client secret":
      return new identity.ClientSecretCredential(tenantId, clientId, config.text("clientSecret")!, authority);
    case "OIDC":
      return new identity.ClientAssertionCredential(
        tenantId,
        clientId,
        () => oidcAssertion(config),
        authority,
      );
    case "a managed identity":
      return new identity.ManagedIdentityCredential(clientId ? { clientId } : {});
    case "the Azure CLI":
      // The newest provider names a subscription only if it is not the CLI's current one.
      return new identity.AzureCliCredential({
        ...(tenantId && { tenantId }),
        ...(account && !account.isDefault ? { subscription: account.id } : {}),
      });
  }
}

/** @throws if the chosen kind lacks a setting */
export async function login(
  config: ProviderConfig,
  cloud: AzureCloud,
  account: CliAccount | undefined,
): Promise<Login> {
  const choice = chooseLogin(config);
  return {
    method: choice.kind,
    credential: makeCredential(await loadIdentity(), choice, config, cloud, account),
  };
}
