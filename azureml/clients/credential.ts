import { readFile } from "node:fs/promises";
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/identity";
import {
  AzureCliCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from "@azure/identity";
import { azureMlError, errorText } from "../errors";
import { redactedLine } from "../http/redact";
import { type Login, loginNames } from "../login";
import type { CliAccount } from "./azureCli";
import type { CloudEndpoints } from "./clouds";
import { type ChainMember, defaultChain } from "./defaultChain";
import { oidcAssertion } from "./oidc";
import { type Principal, tokenPrincipal } from "./principal";
import { withTokenLimit } from "./tokenLimit";

/** Which credential returned the token, and its identity. Preflight logs it. */
export interface CredentialReport extends Principal {
  /** For example `a managed identity` or `the default Azure credential (EnvironmentCredential)`. */
  credential: string;
}

/** A credential that reports where its token came from. */
export interface ReportingCredential extends TokenCredential {
  /** Gets a token for `scope` and reports its source. Throws `NoCredential`. */
  report(scope: string): Promise<CredentialReport>;
}

interface CredentialOptions {
  login: Login;
  cloud: CloudEndpoints;
  disableInstanceDiscovery?: boolean;
  additionallyAllowedTenants?: string[];
  /** The account of `az account show`, with the Azure CLI. */
  account?: CliAccount;
  env?: NodeJS.ProcessEnv;
}

/**
 * The credential of the chosen login. As in the azure-native provider a login that fails is an error: no other one is tried.
 */
export function createCredential(options: CredentialOptions): ReportingCredential {
  return credentialChain(members(options), options.login.kind);
}

function members(options: CredentialOptions): ChainMember[] {
  const { login, cloud, account, additionallyAllowedTenants, disableInstanceDiscovery } = options;
  const env = options.env ?? process.env;
  const tenants = additionallyAllowedTenants && { additionallyAllowedTenants };
  const common = { authorityHost: cloud.loginEndpoint, disableInstanceDiscovery, ...tenants };
  const name = loginNames[login.kind];
  switch (login.kind) {
    case "default":
      return defaultChain({ ...common, ...(login.tenantId && { tenantId: login.tenantId }) }, env);
    case "certificate":
      return [{ name, create: () => certificateCredential(login, common) }];
    case "secret":
      return [
        {
          name,
          create: () => new ClientSecretCredential(login.tenantId, login.clientId, login.secret, common),
        },
      ];
    case "oidc": {
      const assertion = (): Promise<string> => oidcAssertion(login.source);
      const create = () => new ClientAssertionCredential(login.tenantId, login.clientId, assertion, common);
      return [{ name, create }];
    }
    case "managedIdentity":
      return [{ name, create: () => managedIdentity(login.clientId, env) }];
    case "cli": {
      // The newest provider names a subscription only if it is not the current one. The token is the same.
      const subscription = account && !account.isDefault ? account.subscriptionId : undefined;
      return [
        { name, create: () => new AzureCliCredential({ ...tenants, ...(subscription && { subscription }) }) },
      ];
    }
  }
}

function managedIdentity(clientId: string | undefined, env: NodeJS.ProcessEnv): TokenCredential {
  // In a Kubernetes pod with workload identity, Node's credential uses the pod's identity, and Go's the node's.
  if (env.AZURE_FEDERATED_TOKEN_FILE && env.AZURE_TENANT_ID && (clientId ?? env.AZURE_CLIENT_ID)) {
    throw azureMlError("LoginSettings", {
      property: "azure-native:useMsi",
      seen: "true in a process with workload identity (AZURE_FEDERATED_TOKEN_FILE), where the identity would be ambiguous",
      remedy:
        "Set azure-native:useDefaultAzureCredential to true instead, or unset AZURE_FEDERATED_TOKEN_FILE.",
    });
  }
  // Without a probe Node's client repeats requests to an absent instance metadata service for minutes.
  const probe: object = { sendProbeRequest: true };
  const credential = new ManagedIdentityCredential({ ...probe, ...(clientId && { clientId }) });
  return {
    getToken: (scopes, options) =>
      credential.getToken(scopes, { requestOptions: { timeout: probeTimeoutMs }, ...options }),
  };
}

/** Longer than the second of the default chain, because here no other credential follows. */
const probeTimeoutMs = 5_000;

function certificateCredential(
  { tenantId, clientId, path, password }: Extract<Login, { kind: "certificate" }>,
  common: { authorityHost: string },
): TokenCredential {
  const certificate = { certificatePath: path, ...(password && { certificatePassword: password }) };
  const credential = new ClientCertificateCredential(tenantId, clientId, certificate, common);
  return {
    getToken: async (scopes, options) => {
      await requirePem(path);
      return credential.getToken(scopes, options);
    },
  };
}

/** The provider reads PEM and PFX (azidentity `ParseCertificates`), Node's client PEM only. */
async function requirePem(path: string): Promise<void> {
  const content = await readFile(path, "latin1");
  if (content.includes("-----BEGIN")) return;
  throw azureMlError("LoginSettings", {
    property: "azure-native:clientCertificatePath",
    seen: `${path} is not a PEM file; the program reads PEM only`,
    remedy: `Convert it once for provider and program: \`openssl pkcs12 -in ${path} -out certificate.pem -nodes\`, and set the path of the new file.`,
  });
}

/** Keeps the first member that works for the life of the process. Continues only after a member that is not available. */
export function credentialChain(chain: ChainMember[], kind: Login["kind"]): ReportingCredential {
  let working: { name: string; credential: TokenCredential } | undefined;
  let searching: Promise<AccessToken> | undefined;

  async function search(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    const refusals: string[] = [];
    for (const { name, create } of chain) {
      let credential: TokenCredential | undefined;
      try {
        credential = withTokenLimit(create());
        const token = await credential.getToken(scopes, options);
        if (!token) throw new Error("returned no token");
        working = { name, credential };
        return token;
      } catch (error) {
        if (error instanceof Error && error.name === "AzureMlError") throw error;
        refusals.push(`${name}: ${redactedLine(errorText(error), 500)}`);
        const unavailable = (error as { name?: unknown }).name === "CredentialUnavailableError";
        if (credential && !unavailable) break;
      }
    }
    throw azureMlError("NoCredential", {
      method: loginNames[kind],
      scope: Array.isArray(scopes) ? scopes.join(" ") : scopes,
      detail: refusals.join("; "),
      next: nextSteps[kind],
    });
  }

  async function getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    // Parallel first calls share one search.
    while (searching) await searching.catch(() => undefined);
    if (working) {
      const token = await working.credential.getToken(scopes, options);
      if (token) return token;
    }
    searching = search(scopes, options);
    try {
      return await searching;
    } finally {
      searching = undefined;
    }
  }

  return {
    getToken,
    async report(scope) {
      const { token } = await getToken(scope);
      const member = working?.name ?? "unknown";
      const credential = kind === "default" ? `${loginNames[kind]} (${member})` : loginNames[kind];
      return { credential, ...tokenPrincipal(token) };
    },
  };
}

const nextSteps: Readonly<Record<Login["kind"], string>> = {
  default: "Run `az login`, or set the variables of one of these credentials.",
  certificate:
    "Check azure-native:clientCertificatePath and that the application in Entra ID has this certificate.",
  secret: "Check azure-native:clientId and that its secret has not expired.",
  oidc: "Check that the application has a federated credential for this token's issuer, subject and audience.",
  managedIdentity:
    "Assign a managed identity to this machine, or remove azure-native:useMsi (ARM_USE_MSI) and run `az login`.",
  cli: "Run `az login`.",
};
