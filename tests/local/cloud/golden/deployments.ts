/** A template that is deployed to a resource group. */
import type { Golden, Json, Provenance } from "./exchange";

const DEPLOYMENT = "{group}/providers/Microsoft.Resources/deployments/golden";
const TARGET = "{group}/providers/Microsoft.OperationalInsights/workspaces/goldenlogs";
const API = "?api-version=2020-06-01";
const DOCUMENTED: Provenance =
  "inferred: from documents: ARM's REST reference, Deployments - Create Or Update and Deployment Operations - List; from clients: azure-ai-ml 1.35.2, ArmDeploymentExecutor";
const TEMPLATE: Json = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  parameters: {
    name: { type: "string" },
    place: { type: "string", defaultValue: "[resourceGroup().location]" },
  },
  resources: [
    {
      type: "Microsoft.OperationalInsights/workspaces",
      apiVersion: "2020-08-01",
      name: "[concat(parameters('name'), 'logs')]",
      location: "[parameters('place')]",
      properties: {},
    },
  ],
};
const deployment = (provisioningState: string, outputResources: readonly Json[]): Json => ({
  id: DEPLOYMENT,
  name: "golden",
  type: "Microsoft.Resources/deployments",
  properties: {
    provisioningState,
    mode: "Incremental",
    timestamp: "<time>",
    duration: "PT1S",
    outputResources,
  },
});

export const deployments: Golden = {
  about: "A template's deployment",
  needs: "group",
  exchanges: [
    {
      name: "it is accepted",
      provenance: DOCUMENTED,
      send: `PUT ${DEPLOYMENT}${API}`,
      body: {
        properties: { mode: "incremental", template: TEMPLATE, parameters: { name: { value: "golden" } } },
      },
      status: 201,
      returns: deployment("Running", []),
      settles: true,
    },
    {
      name: "it is read",
      provenance: DOCUMENTED,
      send: `GET ${DEPLOYMENT}${API}`,
      status: 200,
      returns: deployment("Succeeded", [{ id: TARGET }]),
    },
    {
      name: "its operations are listed",
      provenance: DOCUMENTED,
      send: `GET {group}/deployments/golden/operations${API}`,
      status: 200,
      returns: {
        value: [
          {
            id: `${DEPLOYMENT}/operations/0`,
            operationId: "0",
            properties: {
              ...{ provisioningOperation: "Create", provisioningState: "Succeeded", statusCode: "OK" },
              ...{ timestamp: "<time>", duration: "PT1S" },
              targetResource: {
                ...{ id: TARGET, resourceName: "goldenlogs" },
                resourceType: "Microsoft.OperationalInsights/workspaces",
              },
            },
          },
        ],
      },
    },
    {
      name: "its record is deleted",
      provenance: DOCUMENTED,
      send: `DELETE ${DEPLOYMENT}${API}`,
      status: 204,
    },
  ],
};
