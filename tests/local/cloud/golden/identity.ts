/** Sign-in: the cloud's metadata, its keys, and a token for a client secret. */
import { TENANT } from "./common";
import type { Exchange, Golden } from "./exchange";

const document = {
  name: "AzureMLLocal",
  portal: "https://portal.azure.local/",
  resourceManager: "<base>/",
  authentication: {
    loginEndpoint: "<base>/",
    audiences: ["<base>", "https://management.azure.com/"],
    tenant: TENANT,
    identityProvider: "AAD",
  },
  graph: "<base>/graph/",
  graphAudience: "<base>/graph/",
  microsoftGraphResourceId: "<base>/graph/",
  batch: "https://batch.core.windows.net/",
  gallery: "https://gallery.azure.local/",
  media: "https://rest.media.azure.net",
  suffixes: {
    storage: "localhost:<blobport>",
    keyVaultDns: "vault.localhost",
    acrLoginServer: "azurecr.localhost",
    sqlServerHostname: "database.localhost",
  },
};
const tenant = `<base>/${TENANT}`;

const token = (name: string, form: string, status: number, returns: unknown): Exchange => ({
  name,
  provenance:
    "inferred: from clients: azidentity 1.13.1 posts this form; from documents: OAuth 2.0, 4.4 and 5.2",
  send: `POST /${TENANT}/oauth2/v2.0/token`,
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: form,
  status,
  returns,
});

export const signingIn: Golden = {
  about: "signing in",
  needs: "nothing",
  exchanges: [
    {
      name: "azure-native's version of the metadata is one object",
      provenance:
        "inferred: from clients: azure-native with metadataHost needs these members (its notes, §8)",
      send: "GET /metadata/endpoints?api-version=2022-09-01",
      status: 200,
      returns: document,
    },
    {
      name: "azure-ai-ml's version is a list",
      provenance:
        "inferred: from clients: azure-ai-ml 1.35.2 with ARM_CLOUD_METADATA_URL (reference §1, metadata document)",
      send: "GET /metadata/endpoints?api-version=2019-05-01",
      status: 200,
      returns: [document],
    },
    {
      name: "the OpenID configuration is found",
      provenance:
        "inferred: from clients: azidentity 1.13.1 reads it before it requests a token; from documents: OpenID Connect Discovery 1.0",
      send: `GET /${TENANT}/v2.0/.well-known/openid-configuration`,
      status: 200,
      returns: {
        issuer: `https://sts.windows.net/${TENANT}/`,
        authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
        token_endpoint: `${tenant}/oauth2/v2.0/token`,
        jwks_uri: `${tenant}/discovery/v2.0/keys`,
        response_types_supported: ["token"],
        subject_types_supported: ["pairwise"],
        id_token_signing_alg_values_supported: ["RS256"],
        token_endpoint_auth_methods_supported: ["client_secret_post"],
        tenant_region_scope: "local",
        cloud_instance_name: "localhost",
      },
    },
    {
      name: "the signing keys are returned",
      provenance: "inferred: from documents: RFC 7517, a JSON Web Key set of RSA keys for signatures",
      send: `GET /${TENANT}/discovery/v2.0/keys`,
      status: 200,
      returns: { keys: [{ kty: "RSA", n: "<key>", e: "AQAB", kid: "<text>", use: "sig", alg: "RS256" }] },
    },
    token(
      "a token is issued for the secret",
      "grant_type=client_credentials&client_id=a&client_secret=<secret>&scope=https://management.azure.com/.default",
      200,
      { token_type: "Bearer", expires_in: 3600, access_token: "<jwt>" },
    ),
    token(
      "a wrong secret is refused",
      "grant_type=client_credentials&client_id=a&client_secret=no&scope=https://management.azure.com/.default",
      401,
      { error: "invalid_client", error_description: "<text>" },
    ),
    token("another grant is refused", "grant_type=password", 400, {
      error: "unsupported_grant_type",
      error_description: "<text>",
    }),
  ],
};
