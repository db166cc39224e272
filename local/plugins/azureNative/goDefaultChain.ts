/**
 * The chain of Go's `DefaultAzureCredential` (azidentity 1.13.1, default_azure_credential.go): its members and order differ from
 * Node's.
 */
import type { TokenCredential } from "@azure/identity";
import type { Identity } from "./identityModule";

interface ChainOptions {
  authorityHost: string;
  disableInstanceDiscovery: boolean;
  tenantId?: string;
}

export const CHAIN = [
  "EnvironmentCredential",
  "WorkloadIdentityCredential",
  "ManagedIdentityCredential",
  "AzureCLICredential",
  "AzureDeveloperCLICredential",
  "AzurePowerShellCredential",
] as const;
type Member = (typeof CHAIN)[number];

/** @throws for a value that Go refuses, the empty one included */
export function selectedMembers(selection: string | undefined): readonly Member[] {
  switch (selection) {
    case undefined:
      return CHAIN;
    case "prod":
      return CHAIN.slice(0, 3);
    case "dev":
      return CHAIN.slice(3);
  }
  const member = CHAIN.find((name) => name.toLowerCase() === selection.toLowerCase());
  if (!member)
    throw new Error(
      `invalid AZURE_TOKEN_CREDENTIALS value ${JSON.stringify(selection)}; valid: dev, prod, ${CHAIN.join(", ")}`,
    );
  return [member];
}

export function goDefaultChain(
  identity: Identity,
  options: ChainOptions,
  env: NodeJS.ProcessEnv,
): TokenCredential {
  const tool = options.tenantId ? { tenantId: options.tenantId } : {};
  const make: Record<Member, () => TokenCredential | undefined> = {
    EnvironmentCredential: () => new identity.EnvironmentCredential(options),
    WorkloadIdentityCredential: () =>
      env["AZURE_FEDERATED_TOKEN_FILE"] && env["AZURE_CLIENT_ID"]
        ? new identity.WorkloadIdentityCredential(options)
        : undefined,
    ManagedIdentityCredential: () => managedIdentity(identity, env),
    AzureCLICredential: () => new identity.AzureCliCredential(tool),
    AzureDeveloperCLICredential: () => new identity.AzureDeveloperCliCredential(tool),
    AzurePowerShellCredential: () => new identity.AzurePowerShellCredential(tool),
  };
  const members = selectedMembers(env["AZURE_TOKEN_CREDENTIALS"]).flatMap((name) => make[name]() ?? []);
  return new identity.ChainedTokenCredential(...members);
}

/** A managed identity that exists and fails ends Go's chain. Node's credential always lets the chain continue. */
function managedIdentity(identity: Identity, env: NodeJS.ProcessEnv): TokenCredential {
  const clientId = env["AZURE_CLIENT_ID"];
  const probe: object = { sendProbeRequest: true };
  const credential = new identity.ManagedIdentityCredential({ ...probe, ...(clientId && { clientId }) });
  const endpoint =
    (env["IDENTITY_ENDPOINT"] && (env["IDENTITY_HEADER"] || env["IMDS_ENDPOINT"])) || env["MSI_ENDPOINT"];
  return {
    getToken: (scopes, options) =>
      credential.getToken(scopes, options).catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        const unavailable =
          /not available|unreachable/i.test(text) || (!clientId && /400|bad.request/i.test(text));
        if (!endpoint && unavailable) throw error;
        throw new Error(text, { cause: error });
      }),
  };
}
