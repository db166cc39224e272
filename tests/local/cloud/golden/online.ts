/** Online endpoints and deployments, their keys and logs, and scoring. */
import { asyncHeaders, FROM_SERVICE, lastPage, LOCATION, MFE, mlNotFound, mlResource } from "./common";
import { amid, armLife, changed, type Exchange, type Golden, type Json } from "./exchange";
import { DEPLOYMENT, DV, ENDPOINT, ENDPOINT_DOC, endpoint, EV, put } from "./onlineDocuments";
import { scoring } from "./scoring";

const life = armLife({
  provenance: ENDPOINT_DOC,
  id: ENDPOINT,
  version: EV,
  put,
  made: { state: "Creating", has: MFE },
  resource: endpoint,
  patch: { body: { tags: { owner: "golden" } }, changes: { tags: { owner: "golden" } }, state: "Updating" },
  deleted: 202,
  gone: mlNotFound(ENDPOINT),
});

const DEPLOYMENT_DOC =
  "inferred: from clients: azure-ai-ml 1.35.2 sends this PUT and needs scaleSettings and sku.capacity in the answer; from documents: the service's defaults of probes and requests (reference §3, Deployment PUT)";
const probe = { failureThreshold: 30, successThreshold: 1, timeout: "PT2S", period: "PT10S" };
const deployment: Json = mlResource(
  "onlineEndpoints/golden-endpoint/deployments/demo",
  "onlineEndpoints/deployments",
  {
    location: LOCATION,
    tags: {},
    kind: "Managed",
    sku: { name: "Default", tier: null, size: null, family: null, capacity: 1 },
    properties: {
      endpointComputeType: "Managed",
      description: null,
      model: "{ws}/models/tuned/versions/1",
      modelMountPath: null,
      instanceType: "Standard_NC24ads_A100_v4",
      appInsightsEnabled: false,
      codeConfiguration: null,
      environmentId: null,
      environmentVariables: {},
      egressPublicNetworkAccess: "Enabled",
      scaleSettings: { scaleType: "Default" },
      requestSettings: {
        requestTimeout: "PT1M30S",
        maxConcurrentRequestsPerInstance: 1,
        maxQueueWait: "PT0.5S",
      },
      livenessProbe: { ...probe, initialDelay: "PT10M" },
      readinessProbe: { ...probe, initialDelay: "PT10S" },
      properties: {},
      provisioningState: "Succeeded",
    },
  },
);
const deploymentLife = armLife({
  provenance: DEPLOYMENT_DOC,
  id: DEPLOYMENT,
  version: DV,
  put: {
    location: LOCATION,
    tags: {},
    sku: { name: "Default", capacity: 1 },
    properties: {
      endpointComputeType: "Managed",
      model: "{ws}/models/tuned/versions/1",
      instanceType: "Standard_NC24ads_A100_v4",
      appInsightsEnabled: false,
      livenessProbe: { initialDelay: "PT10M" },
      requestSettings: { requestTimeout: "PT1M30S" },
      environmentVariables: {},
      properties: {},
    },
  },
  made: { state: "Creating", has: MFE },
  resource: deployment,
  patch: { body: { tags: { owner: "golden" } }, changes: { tags: { owner: "golden" } }, state: "Updating" },
  deleted: 202,
  gone: mlNotFound(DEPLOYMENT),
});

const KEYS =
  "inferred: from documents: EndpointAuthKeys and RegenerateEndpointKeysRequest of 2023-04-01 (reference §3, listKeys)";

export const online: Golden = {
  about: "online endpoints, deployments and scoring",
  needs: "model",
  exchanges: [
    ...amid(life, [
      {
        name: "the tags are removed",
        provenance: ENDPOINT_DOC,
        send: `PUT ${ENDPOINT}?api-version=${EV}`,
        body: put,
        status: 200,
        returns: changed(endpoint, { properties: { provisioningState: "Updating" } }),
        settles: true,
      },
      {
        name: "the keys are listed",
        provenance: KEYS,
        send: `POST ${ENDPOINT}/listKeys?api-version=${EV}`,
        status: 200,
        returns: { primaryKey: "<key:primary>", secondaryKey: "<key:secondary>" },
      },
      {
        name: "a key is regenerated",
        provenance: KEYS,
        send: `POST ${ENDPOINT}/regenerateKeys?api-version=${EV}`,
        body: { keyType: "Secondary", keyValue: "<key:secondary>" },
        status: 202,
        has: { location: "<base>{sub}/<text>" },
        settles: true,
      },
      {
        name: "the other key is unchanged",
        provenance: KEYS,
        send: `POST ${ENDPOINT}/listKeys?api-version=${EV}`,
        status: 200,
        returns: { primaryKey: "<key:primary>", secondaryKey: "<key>" },
      },
      ...amid(deploymentLife, [
        {
          name: "the container's log is returned",
          provenance: "published example: OnlineDeployment/getLogs.json of 2024-10-01",
          send: `POST ${DEPLOYMENT}/getLogs?api-version=${DV}`,
          body: { containerType: "InferenceServer", tail: 1 },
          status: 200,
          returns: { content: "<text>" },
        },
        {
          name: "the available SKUs are returned",
          provenance:
            "published example: OnlineDeployment/ManagedOnlineDeployment/listSkus.json of 2024-10-01",
          send: `GET ${DEPLOYMENT}/skus?api-version=${DV}`,
          status: 200,
          returns: lastPage({
            capacity: { default: 1, minimum: 1, maximum: 50, scaleType: "Automatic" },
            resourceType: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
            sku: { name: "Default", tier: "Standard" },
          }),
        },
        ...scoring(),
      ]),
    ]),
    ...tokens(),
  ],
};

function tokens(): Exchange[] {
  const id = "{ws}/onlineEndpoints/golden-tokens";
  const provenance =
    "published example: Workspace/OnlineEndpoint/getToken.json of 2024-10-01; seconds since 1970 (reference §3, token)";
  return [
    {
      name: "an endpoint with tokens instead of keys",
      provenance: ENDPOINT_DOC,
      send: `PUT ${id}?api-version=${EV}`,
      body: changed(put, { properties: { authMode: "AMLToken" } }),
      status: 201,
      has: asyncHeaders("Microsoft.MachineLearningServices", "mfeOperationsStatus", "mfeOperationResults"),
      returns: changed(endpoint, {
        id,
        name: "golden-tokens",
        identity: { principalId: "<guid>" },
        properties: {
          authMode: "AMLToken",
          provisioningState: "Creating",
          scoringUri: "<base>/endpoints/westeurope/golden-tokens/score",
          swaggerUri: "<base>/endpoints/westeurope/golden-tokens/swagger.json",
        },
      }),
      settles: true,
    },
    {
      name: "a token is issued",
      provenance,
      send: `POST ${id}/token?api-version=${EV}`,
      status: 200,
      returns: {
        accessToken: "<jwt>",
        tokenType: "Bearer",
        expiryTimeUtc: "<number>",
        refreshAfterTimeUtc: "<number>",
      },
    },
    {
      name: "it has no keys",
      provenance: "inferred: the service says so in its 400 (reference §2 for the body)",
      send: `POST ${id}/listKeys?api-version=${EV}`,
      status: 400,
      returns: { error: { ...FROM_SERVICE, code: "BadRequest", message: "<text>" } },
    },
  ];
}
