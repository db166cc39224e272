/**
 * Who deploys with which settings: one table for the program and the provider stand-in. Each row follows from the real
 * provider's `newSingleMethodAuthCredential`, `newOidcCredential` and `getConfig` (pulumi/pulumi-azure-native, provider/pkg/provider).
 */
import type { Given, Outcome } from "./outcome";

interface Case extends Partial<Given> {
  name: string;
  outcome: Outcome;
  /** The program refuses what the provider silently reads as something else. Nothing runs then. */
  programRefuses?: true;
}

const ids = { ARM_SUBSCRIPTION_ID: "s", ARM_TENANT_ID: "t", ARM_CLIENT_ID: "c" };
const application = { tenantId: "t", clientId: "c" };
const request = { ACTIONS_ID_TOKEN_REQUEST_URL: "https://ci", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "r" };

export const cases: Case[] = [
  { name: "nothing is set", outcome: { kind: "cli" } },
  {
    name: "only the three ids are set",
    env: ids,
    outcome: { kind: "cli", tenantId: "t" },
  },
  {
    name: "a client secret is in the environment",
    env: { ...ids, ARM_CLIENT_SECRET: "x" },
    outcome: { kind: "secret", ...application },
  },
  {
    name: "a client secret is in the stack",
    config: { subscriptionId: "s", tenantId: "t", clientId: "c", clientSecret: "x" },
    outcome: { kind: "secret", ...application },
  },
  {
    name: "the stack's ids win over the environment's",
    config: { tenantId: "t2", clientId: "c2" },
    env: { ...ids, ARM_CLIENT_SECRET: "x" },
    outcome: { kind: "secret", tenantId: "t2", clientId: "c2" },
  },
  {
    name: "an empty value in the stack hides the environment's secret",
    config: { clientSecret: "" },
    env: { ...ids, ARM_CLIENT_SECRET: "x" },
    outcome: { kind: "cli", tenantId: "t" },
  },
  {
    name: "an empty variable counts as absent",
    env: { ...ids, ARM_CLIENT_SECRET: "", ARM_USE_MSI: "true" },
    outcome: { kind: "managedIdentity", clientId: "c" },
  },
  {
    name: "a client secret lacks the tenant",
    env: { ...ids, ARM_TENANT_ID: "", ARM_CLIENT_SECRET: "x" },
    outcome: "refused",
  },
  {
    name: "a client secret lacks the client id",
    env: { ...ids, ARM_CLIENT_ID: "", ARM_CLIENT_SECRET: "x" },
    outcome: "refused",
  },
  {
    name: "a client secret lacks the subscription",
    env: { ...ids, ARM_SUBSCRIPTION_ID: "", ARM_CLIENT_SECRET: "x" },
    outcome: "refused",
  },
  {
    name: "a certificate comes before a secret",
    env: { ...ids, ARM_CLIENT_SECRET: "x", ARM_CLIENT_CERTIFICATE_PATH: "c.pem" },
    outcome: { kind: "certificate", ...application },
  },
  {
    name: "an incomplete certificate does not fall back to the secret",
    config: { tenantId: "" },
    env: { ...ids, ARM_CLIENT_SECRET: "x", ARM_CLIENT_CERTIFICATE_PATH: "c.pem" },
    outcome: "refused",
  },
  {
    name: "GitHub Actions",
    env: { ...ids, ...request, ARM_USE_OIDC: "true" },
    outcome: { kind: "oidc", ...application, token: "request" },
  },
  {
    name: "GitHub Actions without ARM_USE_OIDC",
    env: { ...ids, ...request },
    outcome: { kind: "cli", tenantId: "t" },
  },
  {
    name: "GitHub Actions without the permission id-token",
    env: { ...ids, ARM_USE_OIDC: "true" },
    outcome: "refused",
  },
  {
    name: "half a token request",
    env: { ...ids, ARM_USE_OIDC: "true", ACTIONS_ID_TOKEN_REQUEST_URL: "https://ci" },
    outcome: "refused",
  },
  {
    name: "GitLab: an id token in ARM_OIDC_TOKEN",
    env: { ...ids, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN: "j" },
    outcome: { kind: "oidc", ...application, token: "token" },
  },
  {
    name: "Azure DevOps: the task's idToken in ARM_OIDC_TOKEN",
    env: {
      ...ids,
      ARM_USE_OIDC: "true",
      ARM_OIDC_TOKEN: "j",
      SYSTEM_ACCESSTOKEN: "a",
      SYSTEM_OIDCREQUESTURI: "https://ado",
    },
    outcome: { kind: "oidc", ...application, token: "token" },
  },
  {
    name: "Azure DevOps' own variables alone, which the provider does not read",
    env: {
      ...ids,
      ARM_USE_OIDC: "true",
      SYSTEM_ACCESSTOKEN: "a",
      SYSTEM_OIDCREQUESTURI: "https://ado",
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "sc",
    },
    outcome: "refused",
  },
  {
    name: "a token file",
    env: { ...ids, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN_FILE_PATH: "/token" },
    outcome: { kind: "oidc", ...application, token: "file" },
  },
  {
    name: "a token comes before a file, and a file before a request",
    config: { oidcToken: "" },
    env: {
      ...ids,
      ...request,
      ARM_USE_OIDC: "true",
      ARM_OIDC_TOKEN: "j",
      ARM_OIDC_TOKEN_FILE_PATH: "/token",
    },
    outcome: { kind: "oidc", ...application, token: "file" },
  },
  {
    name: "a leftover secret comes before OIDC",
    env: { ...ids, ...request, ARM_USE_OIDC: "true", ARM_CLIENT_SECRET: "x" },
    outcome: { kind: "secret", ...application },
  },
  {
    name: "OIDC comes before a managed identity",
    env: { ...ids, ARM_USE_OIDC: "true", ARM_OIDC_TOKEN: "j", ARM_USE_MSI: "true" },
    outcome: { kind: "oidc", ...application, token: "token" },
  },
  {
    name: "a managed identity with a client id is the user-assigned one",
    config: { useMsi: "true" },
    env: ids,
    outcome: { kind: "managedIdentity", clientId: "c" },
  },
  {
    name: "a managed identity requires a subscription",
    config: { useMsi: "true" },
    outcome: "refused",
  },
  {
    name: "a virtual machine with a managed identity and `az login`, without useMsi",
    env: { ...ids, IDENTITY_ENDPOINT: "http://169.254.0.1", IDENTITY_HEADER: "h" },
    outcome: { kind: "cli", tenantId: "t" },
  },
  {
    name: "AZURE_ variables alone, which only the default credential reads",
    env: {
      ...ids,
      AZURE_CLIENT_ID: "a",
      AZURE_TENANT_ID: "a",
      AZURE_CLIENT_SECRET: "a",
    },
    outcome: { kind: "cli", tenantId: "t" },
  },
  {
    name: "the default credential comes before everything",
    config: { useDefaultAzureCredential: "true" },
    env: { ...ids, ARM_CLIENT_SECRET: "x", ARM_CLIENT_CERTIFICATE_PATH: "c.pem", ARM_USE_MSI: "true" },
    outcome: { kind: "default", tenantId: "t" },
  },
  {
    name: "the default credential requires a subscription",
    env: { ARM_USE_DEFAULT_AZURE_CREDENTIAL: "true" },
    outcome: "refused",
  },
  {
    name: "AZURE_SUBSCRIPTION_ID, which the provider does not read",
    config: { useMsi: "true" },
    env: { AZURE_SUBSCRIPTION_ID: "s" },
    outcome: "refused",
  },
  {
    name: "auxiliary tenants that are not a list",
    env: { ...ids, ARM_AUXILIARY_TENANT_IDS: "a,b" },
    outcome: "refused",
  },
  ...["True", "1", "yes", "maybe"].map((value): Case => ({
    name: `useMsi: ${value}, which the provider reads as false`,
    config: { useMsi: value },
    env: ids,
    outcome: { kind: "cli", tenantId: "t" },
    programRefuses: true,
  })),
  {
    name: "a client id with a line break",
    env: { ...ids, ARM_CLIENT_ID: "c\n", ARM_USE_MSI: "true" },
    outcome: { kind: "managedIdentity", clientId: "c\n" },
    programRefuses: true,
  },
];
