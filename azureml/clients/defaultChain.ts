import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  AzurePowerShellCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { azureMlError } from "../errors";
import { formatValue } from "../problem";

/** A credential of a chain. `create` may throw: then the credential is unavailable. */
export interface ChainMember {
  name: string;
  create(): TokenCredential;
}

interface ChainOptions {
  tenantId?: string;
  authorityHost: string;
  disableInstanceDiscovery?: boolean;
  additionallyAllowedTenants?: string[];
}

const memberNames = [
  "EnvironmentCredential",
  "WorkloadIdentityCredential",
  "ManagedIdentityCredential",
  "AzureCLICredential",
  "AzureDeveloperCLICredential",
  "AzurePowerShellCredential",
] as const;
type MemberName = (typeof memberNames)[number];

/**
 * `DefaultAzureCredential` of Go's azidentity, which the azure-native provider uses with `useDefaultAzureCredential`. Node's own has
 * other members in another order (it also tries Visual Studio Code and a broker, and PowerShell before azd), so the same machine
 * could get two identities.
 *
 * Source: github.com/Azure/azure-sdk-for-go/sdk/azidentity 1.13.1 (the provider's go.mod), default_azure_credential.go; compared with
 * npm @azure/identity 4.13.1.
 * @throws LoginSettings for a value of AZURE_TOKEN_CREDENTIALS that Go refuses
 */
export function defaultChain(options: ChainOptions, env: NodeJS.ProcessEnv = process.env): ChainMember[] {
  const create: Record<MemberName, () => TokenCredential> = {
    EnvironmentCredential: () => new EnvironmentCredential(options),
    WorkloadIdentityCredential: () => workloadIdentity(options, env),
    ManagedIdentityCredential: () => managedIdentityInChain(env),
    AzureCLICredential: () => new AzureCliCredential(forTool(options)),
    AzureDeveloperCLICredential: () => new AzureDeveloperCliCredential(forTool(options)),
    AzurePowerShellCredential: () => new AzurePowerShellCredential(forTool(options)),
  };
  return chainNames(env.AZURE_TOKEN_CREDENTIALS).map((name) => ({ name, create: create[name] }));
}

/** The members that AZURE_TOKEN_CREDENTIALS selects. Go compares `dev` and `prod` exactly and refuses an empty value. */
export function chainNames(selection: string | undefined): readonly MemberName[] {
  if (selection === undefined) return memberNames;
  if (selection === "prod") return memberNames.slice(0, 3);
  if (selection === "dev") return memberNames.slice(3);
  const one = memberNames.find((name) => name.toLowerCase() === selection.toLowerCase());
  if (one) return [one];
  throw azureMlError("LoginSettings", {
    property: "AZURE_TOKEN_CREDENTIALS",
    seen: `${formatValue(selection)}, which the azure-native provider refuses; allowed: dev, prod, ${memberNames.join(", ")}`,
    remedy: "Set one of these values, or unset the variable.",
  });
}

function workloadIdentity(options: ChainOptions, env: NodeJS.ProcessEnv): TokenCredential {
  const { AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: tokenFilePath } = env;
  const tenantId = options.tenantId ?? env.AZURE_TENANT_ID;
  if (!clientId || !tokenFilePath || !tenantId)
    throw new Error("AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are not all set");
  return new WorkloadIdentityCredential({ ...options, clientId, tokenFilePath, tenantId });
}

/**
 * Go stops the chain when a managed identity exists but does not work, except that a virtual machine without a system-assigned
 * identity counts as "not available". Node's credential reports every failure as "not available", and the next
 * member would supply another identity (managed_identity_client.go, `GetToken`).
 */
function managedIdentityInChain(env: NodeJS.ProcessEnv): TokenCredential {
  const clientId = env.AZURE_CLIENT_ID;
  // The probe of the instance metadata service, as in Node's own DefaultAzureCredential.
  const probe: object = { sendProbeRequest: true, retryOptions: { maxRetries: 5, retryDelayInMs: 800 } };
  const credential = new ManagedIdentityCredential({ ...probe, ...(clientId && { clientId }) });
  return {
    getToken: async (scopes, options) => {
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        const absent = /not available|unreachable/i.test(text);
        const unassigned = !clientId && /\b400\b|bad_request|bad request/i.test(text);
        if (!hasIdentityEndpoint(env) && (absent || unassigned)) throw error;
        throw new Error(text, { cause: error });
      }
    },
  };
}

/** Whether the environment names a token endpoint: App Service, Azure ML compute, Cloud Shell, Arc, Service Fabric. */
function hasIdentityEndpoint(env: NodeJS.ProcessEnv): boolean {
  const pair = env.IDENTITY_ENDPOINT && (env.IDENTITY_HEADER || env.IMDS_ENDPOINT);
  return Boolean(pair || env.MSI_ENDPOINT);
}

const forTool = ({ tenantId, additionallyAllowedTenants }: ChainOptions): object => ({
  ...(tenantId && { tenantId }),
  ...(additionallyAllowedTenants && { additionallyAllowedTenants }),
});
