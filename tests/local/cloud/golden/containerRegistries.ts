/** Container registries. */
import { LOCATION, resource, SYSTEM_DATA } from "./common";
import { armLife, type Golden } from "./exchange";
import { atSubscription, PROVIDERS, tags } from "./services";

const REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries";
export const containerRegistries: Golden = {
  about: "container registries",
  needs: "group",
  exchanges: armLife({
    provenance:
      "inferred: from documents: OpenAPI of Microsoft.ContainerRegistry 2023-07-01; outputs as azure-native reads them",
    id: `${PROVIDERS}/${REGISTRY_TYPE}/images`,
    version: "2023-07-01",
    put: { location: LOCATION, tags, sku: { name: "Standard" } },
    resource: resource(`${PROVIDERS}/${REGISTRY_TYPE}/images`, REGISTRY_TYPE, {
      location: LOCATION,
      tags,
      sku: { name: "Standard", tier: "Standard" },
      systemData: SYSTEM_DATA,
      properties: {
        provisioningState: "Succeeded",
        adminUserEnabled: false,
        publicNetworkAccess: "Enabled",
        networkRuleBypassOptions: "AzureServices",
        loginServer: "images.azurecr.localhost",
        creationDate: "<time>",
      },
    }),
    lists: [`${PROVIDERS}/${REGISTRY_TYPE}`, atSubscription(REGISTRY_TYPE)],
    patch: { body: { tags: { owner: "other" } }, changes: { tags: { owner: "other" } } },
  }),
};
