/** Container registries and user-assigned identities. */
import { asyncHeaders, LOCATION, resource, SYSTEM_DATA, TENANT } from "./common";
import { amid, armLife, type Golden } from "./exchange";
import { atSubscription, nameChecks, PROVIDERS, tags } from "./services";

const ACR_TYPE = "Microsoft.ContainerRegistry/registries";
const ACR = `${PROVIDERS}/${ACR_TYPE}/freshregistry`;
const ACR_DOC =
  "documented: OpenAPI of Microsoft.ContainerRegistry 2023-01-01-preview; outputs as azure-native 3.28.0 reads them";
const acr = resource(ACR, ACR_TYPE, {
  location: LOCATION,
  tags,
  sku: { name: "Basic", tier: "Basic" },
  systemData: SYSTEM_DATA,
  properties: {
    loginServer: "freshregistry.azurecr.localhost",
    creationDate: "<time>",
    provisioningState: "Succeeded",
    adminUserEnabled: true,
    anonymousPullEnabled: false,
    dataEndpointEnabled: false,
    dataEndpointHostNames: [],
    privateEndpointConnections: [],
    publicNetworkAccess: "Enabled",
    networkRuleBypassOptions: "AzureServices",
    zoneRedundancy: "Disabled",
    encryption: { status: "disabled" },
    policies: {
      quarantinePolicy: { status: "disabled" },
      trustPolicy: { type: "Notary", status: "disabled" },
      retentionPolicy: { days: 7, status: "disabled" },
    },
  },
});
const credentials = {
  username: "freshregistry",
  passwords: ["password", "password2"].map((name) => ({ name, value: "<key>" })),
};
const acrLife = armLife({
  provenance: ACR_DOC,
  id: ACR,
  version: "2023-01-01-preview",
  put: { location: LOCATION, tags, sku: { name: "Basic" }, properties: { adminUserEnabled: true } },
  made: {
    state: "Creating",
    has: asyncHeaders("Microsoft.ContainerRegistry", "operationStatuses", "operationResults"),
  },
  resource: acr,
  lists: [`${PROVIDERS}/${ACR_TYPE}`, atSubscription(ACR_TYPE)],
  patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } }, state: "Updating" },
  deleted: 202,
});
const AV = "api-version=2023-01-01-preview";

export const containerRegistries: Golden = {
  about: "container registries",
  needs: "group",
  exchanges: [
    ...amid(acrLife, [
      {
        name: "the admin's credentials are listed",
        provenance: ACR_DOC,
        send: `POST ${ACR}/listCredentials?${AV}`,
        status: 200,
        returns: credentials,
      },
      {
        name: "a password is made anew",
        provenance: ACR_DOC,
        send: `POST ${ACR}/regenerateCredential?${AV}`,
        body: { name: "password2" },
        status: 200,
        returns: credentials,
      },
      ...nameChecks("Microsoft.ContainerRegistry", "2023-01-01-preview", ACR_TYPE, {
        name: "freshregistry",
        message: "The registry freshregistry is already in use.",
      }),
    ]),
  ],
};

const IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities";
export const identities: Golden = {
  about: "user-assigned identities",
  needs: "group",
  exchanges: armLife({
    provenance:
      "documented: OpenAPI of Microsoft.ManagedIdentity 2023-01-31; outputs as azure-native reads them",
    id: `${PROVIDERS}/${IDENTITY_TYPE}/someone`,
    version: "2023-01-31",
    put: { location: LOCATION, tags },
    resource: resource(`${PROVIDERS}/${IDENTITY_TYPE}/someone`, IDENTITY_TYPE, {
      location: LOCATION,
      tags,
      systemData: SYSTEM_DATA,
      properties: { tenantId: TENANT, principalId: "<guid:principal>", clientId: "<guid:client>" },
    }),
    lists: [`${PROVIDERS}/${IDENTITY_TYPE}`, atSubscription(IDENTITY_TYPE)],
    patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } },
  }),
};
