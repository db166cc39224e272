import { LOCATION, mlResource, TENANT } from "./common";
import type { Json } from "./exchange";

export const ENDPOINT = "{ws}/onlineEndpoints/golden-endpoint";
export const EV = "2022-02-01-preview";
export const ENDPOINT_DOC =
  "inferred: from clients: azure-ai-ml 1.35.2 sends this PUT (reference §3, Endpoint PUT); from documents: OnlineEndpoint of 2025-12-01";
export const endpoint: Json = mlResource("onlineEndpoints/golden-endpoint", "onlineEndpoints", {
  location: LOCATION,
  tags: {},
  kind: "Managed",
  identity: { type: "SystemAssigned", principalId: "<guid:principal>", tenantId: TENANT },
  properties: {
    description: "an endpoint",
    authMode: "Key",
    compute: null,
    properties: { "azureml.onlineendpointid": "<text>" },
    publicNetworkAccess: "Enabled",
    traffic: {},
    mirrorTraffic: {},
    scoringUri: "<base>/endpoints/westeurope/golden-endpoint/score",
    swaggerUri: "<base>/endpoints/westeurope/golden-endpoint/swagger.json",
    provisioningState: "Succeeded",
  },
});
export const put: Json = {
  location: LOCATION,
  tags: {},
  identity: { type: "SystemAssigned" },
  properties: {
    description: "an endpoint",
    authMode: "Key",
    properties: {},
    traffic: {},
    mirrorTraffic: {},
  },
};
export const DEPLOYMENT = `${ENDPOINT}/deployments/demo`;
export const DV = "2023-04-01-preview";
