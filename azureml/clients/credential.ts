import { closeSync, openSync } from "node:fs";
import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/identity";
import {
  ClientAssertionCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  InteractiveBrowserCredential,
} from "@azure/identity";
import { azureMlError, errorText } from "../errors";
import { createHttp } from "../http/http";
import { redactedLine } from "../http/redact";
import type { CloudEndpoints, CloudOptions } from "./clouds";

/** Which credential returned the token, and its identity. Preflight logs it. */
export interface CredentialReport {
  /** For example `ManagedIdentityCredential`, `AzureCliCredential`, `InteractiveBrowserCredential`. */
  credential: string;
  /** User name, application id or object id in the token. "unknown" for an opaque token. */
  identity: string;
  tenantId?: string;
}

/** A credential that reports which member of its chain returned the token. */
export interface ReportingCredential extends TokenCredential {
  /** Gets a token for `scope` and reports its source. Throws `NoCredential`. */
  report(scope: string): Promise<CredentialReport>;
}

interface CredentialOptions {
  cloud: CloudEndpoints;
  options: CloudOptions;
  env?: NodeJS.ProcessEnv;
  /** Whether a person can use a browser login. Default: the process has a terminal and CI is not set. */
  interactive?: boolean;
}

interface Member {
  name: string;
  create(): TokenCredential;
}

/**
 * The notebook's chain: `DefaultAzureCredential`, then a browser login if the process has a terminal. A
 * service principal in azure-native's variables (`ARM_CLIENT_ID` with `ARM_CLIENT_SECRET`, or OIDC in GitHub
 * Actions) comes first, so that provider and program use the same identity.
 */
export function createCredential(input: CredentialOptions): ReportingCredential {
  const env = input.env ?? process.env;
  const common = {
    authorityHost: input.cloud.loginEndpoint,
    tenantId: input.options.tenantId,
    disableInstanceDiscovery: input.options.disableInstanceDiscovery,
  };
  const members: Member[] = [
    ...servicePrincipal(env, common),
    { name: "DefaultAzureCredential", create: () => new DefaultAzureCredential(common) },
  ];
  if (input.interactive ?? isInteractive(env)) {
    members.push({
      name: "InteractiveBrowserCredential",
      create: () => new InteractiveBrowserCredential(common),
    });
  }
  return credentialChain(members);
}

/** Keeps the first member that works for the life of the process. */
export function credentialChain(members: Member[]): ReportingCredential {
  let working: { name: string; credential: TokenCredential } | undefined;
  let searching: Promise<AccessToken> | undefined;

  async function search(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    const refusals: string[] = [];
    for (const member of members) {
      try {
        const credential = member.create();
        const { token, name } = await requestToken(credential, scopes, options);
        working = { name: name ?? member.name, credential };
        return token;
      } catch (error) {
        refusals.push(`${member.name}: ${redactedLine(errorText(error), 500)}`);
      }
    }
    throw azureMlError("NoCredential", {
      scope: Array.isArray(scopes) ? scopes.join(" ") : scopes,
      detail: refusals.join("; "),
    });
  }

  async function getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    // Parallel first calls share one search, because a browser login must not open twice.
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
      return { credential: working?.name ?? "unknown", ...tokenIdentity(token) };
    },
  };
}

async function requestToken(
  credential: TokenCredential,
  scopes: string | string[],
  options?: GetTokenOptions,
): Promise<{ token: AccessToken; name?: string }> {
  // DefaultAzureCredential has no public way to report which member succeeded. Without this internal method
  // the report only names DefaultAzureCredential.
  const inner = credential as {
    getTokenInternal?: (
      scopes: string | string[],
      options?: GetTokenOptions,
    ) => Promise<{ token: AccessToken; successfulCredential?: object }>;
  };
  if (typeof inner.getTokenInternal === "function") {
    const { token, successfulCredential } = await inner.getTokenInternal(scopes, options);
    return { token, name: successfulCredential?.constructor.name };
  }
  const token = await credential.getToken(scopes, options);
  if (!token) throw new Error("returned no token");
  return { token };
}

/** The identity in a token. Reads the claims without verifying them: the service does that. */
export function tokenIdentity(token: string): { identity: string; tenantId?: string } {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
    const first = [claims.upn, claims.unique_name, claims.preferred_username, claims.appid, claims.oid].find(
      (claim): claim is string => typeof claim === "string" && claim !== "",
    );
    return {
      identity: first ?? "unknown",
      ...(typeof claims.tid === "string" ? { tenantId: claims.tid } : {}),
    };
  } catch {
    return { identity: "unknown" };
  }
}

function servicePrincipal(
  env: NodeJS.ProcessEnv,
  common: { authorityHost: string; disableInstanceDiscovery?: boolean },
): Member[] {
  const { ARM_CLIENT_ID: clientId, ARM_TENANT_ID: tenantId, ARM_CLIENT_SECRET: secret } = env;
  if (!clientId || !tenantId) return [];
  if (env.ARM_USE_OIDC?.toLowerCase() === "true" && env.ACTIONS_ID_TOKEN_REQUEST_URL) {
    return [
      {
        name: "ClientAssertionCredential (ARM_CLIENT_ID, OIDC)",
        create: () => new ClientAssertionCredential(tenantId, clientId, () => gitHubIdToken(env), common),
      },
    ];
  }
  if (!secret) return [];
  return [
    {
      name: "ClientSecretCredential (ARM_CLIENT_ID)",
      create: () => new ClientSecretCredential(tenantId, clientId, secret, common),
    },
  ];
}

async function gitHubIdToken(env: NodeJS.ProcessEnv): Promise<string> {
  const response = await createHttp({})({
    method: "GET",
    url: env.ACTIONS_ID_TOKEN_REQUEST_URL ?? "",
    query: { audience: "api://AzureADTokenExchange" },
    headers: { authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? ""}` },
    what: "GitHub Actions id token",
  });
  const value = (response.body as { value?: unknown } | undefined)?.value;
  if (typeof value !== "string") throw new Error("GitHub Actions returned no id token");
  return value;
}

/**
 * Whether a person can response a browser login. Pulumi connects program and plugins with pipes, so a
 * controlling terminal counts as well as an interactive stdout. Always false in CI.
 */
export function isInteractive(env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.CI && env.CI.toLowerCase() !== "false") return false;
  if (process.stdin.isTTY && process.stdout.isTTY) return true;
  if (process.platform === "win32") return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    // No controlling terminal: a service, a cron job, a container.
    return false;
  }
}
