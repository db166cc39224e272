import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { ArmError } from "../armError";
import { LOCAL_TENANT_ID } from "../constants";
import type { Core } from "../core";
import { CLIENT_CREDENTIALS } from "../strict/bodies";
import { accepts } from "../strict/declaration";

const TOKEN_SECONDS = 3600;

/**
 * One document for both readers: azure-native's (2022-09-01) and azure-ai-ml's (2019-05-01: an array; the
 * portal's host needs three labels, because the client builds the Azure ML audience from the part after the
 * second).
 */
function metadataDocument(core: Core): Record<string, unknown> {
  return {
    name: "AzureMLLocal",
    portal: "https://portal.azure.local/",
    resourceManager: `${core.baseUrl}/`,
    authentication: {
      loginEndpoint: `${core.baseUrl}/`,
      audiences: [core.baseUrl, "https://management.azure.com/"],
      tenant: LOCAL_TENANT_ID,
      identityProvider: "AAD",
    },
    graph: `${core.baseUrl}/graph/`,
    graphAudience: `${core.baseUrl}/graph/`,
    microsoftGraphResourceId: `${core.baseUrl}/graph/`,
    batch: "https://batch.core.windows.net/",
    gallery: "https://gallery.azure.local/",
    media: "https://rest.media.azure.net",
    suffixes: {
      // `<account>.blob.<storage>` reaches Azurite where *.localhost resolves to this machine.
      storage: `localhost:${core.azurite.port}`,
      keyVaultDns: "vault.localhost",
      acrLoginServer: "azurecr.localhost",
      sqlServerHostname: "database.localhost",
    },
  };
}

interface SignInOptions {
  publicJwk: () => Record<string, unknown>;
  secret: string;
}

export function registerMetadata(
  app: FastifyInstance,
  core: Core,
  { publicJwk, secret }: SignInOptions,
): void {
  const access = "public";
  const msal = ["x-ms-lib-capability"];
  app.get<{ Querystring: { "api-version"?: string } }>(
    "/metadata/endpoints",
    accepts("the cloud's own endpoints", { access }),
    (request) => {
      const version = request.query["api-version"];
      if (!version)
        throw new ArmError(400, "MissingApiVersionParameter", "The api-version query parameter is required.");
      const document = metadataDocument(core);
      return version >= "2022-09-01" || version < "2018-01-01" ? document : [document];
    },
  );
  app.get(
    "/:tenant/v2.0/.well-known/openid-configuration",
    accepts("OpenID metadata", { access, query: ["appid"], headers: msal }),
    () => openIdConfiguration(core.baseUrl),
  );
  app.get("/:tenant/discovery/v2.0/keys", accepts("signing keys", { access }), () => ({
    keys: [publicJwk()],
  }));
  registerTokenEndpoint(app, core, secret);
}

function openIdConfiguration(baseUrl: string): Record<string, unknown> {
  const tenant = `${baseUrl}/${LOCAL_TENANT_ID}`;
  return {
    issuer: `https://sts.windows.net/${LOCAL_TENANT_ID}/`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    tenant_region_scope: "local",
    cloud_instance_name: "localhost",
  };
}

/** Any client id with the identity secret, for clients that cannot use a managed identity. */
function registerTokenEndpoint(app: FastifyInstance, core: Core, secret: string): void {
  app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      (_request, body, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.post<{ Body: Record<string, string> | undefined }>(
      "/:tenant/oauth2/v2.0/token",
      accepts("a token for a client secret", {
        access: "public",
        readOnly: true,
        query: ["client-request-id"],
        headers: ["x-ms-lib-capability"],
        body: CLIENT_CREDENTIALS,
      }),
      (request, reply) => {
        const form = request.body ?? {};
        const refuse = (error: string, text: string): unknown =>
          reply.code(error === "invalid_client" ? 401 : 400).send({ error, error_description: text });
        if (form["grant_type"] !== "client_credentials") {
          return refuse("unsupported_grant_type", "The local cloud supports only client_credentials.");
        }
        if (!matches(form["client_secret"], secret)) {
          return refuse(
            "invalid_client",
            "The client secret is wrong: the local cloud accepts its IDENTITY_HEADER.",
          );
        }
        const audience = (form["scope"] ?? "").replace(/\/\.default$/, "");
        if (!audience)
          return refuse("invalid_scope", "The scope is missing; it has the form <resource>/.default.");
        return {
          token_type: "Bearer",
          expires_in: TOKEN_SECONDS,
          access_token: core.issueToken(audience, TOKEN_SECONDS),
        };
      },
    );
    done();
  });
}

function matches(given: string | undefined, secret: string): boolean {
  const left = Buffer.from(given ?? "");
  const right = Buffer.from(secret);
  return left.length === right.length && timingSafeEqual(left, right);
}
