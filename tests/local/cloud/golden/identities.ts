/** User-assigned identities. */
import { LOCATION, resource, SYSTEM_DATA, TENANT } from "./common";
import { armLife, type Golden } from "./exchange";
import { atSubscription, PROVIDERS, tags } from "./services";

const IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities";
export const identities: Golden = {
  about: "user-assigned identities",
  needs: "group",
  exchanges: armLife({
    provenance:
      "inferred: from documents: OpenAPI of Microsoft.ManagedIdentity 2023-01-31; outputs as azure-native reads them",
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
