import type { FastifyInstance } from "fastify";
import { bodyOf, isObject, textAt } from "../../arm/body";
import { registerArmType } from "../../arm/type";
import type { PutContext } from "../../arm/typeSpec";
import { ArmError } from "../../armError";
import type { ArmResource, BlobPath, Cloud } from "../../cloud";
import { endpointIdentityRoles } from "../../rules/identities";
import { deploymentSizeFixed } from "../../rules/immutability";
import { failedEndpointTakesNoDeployment, oneOperationAtATime } from "../../rules/lifecycle";
import { NAMES } from "../../rules/names";
import { accepts, members } from "../../strict/declaration";
import { blobFolder, registeredModel } from "../assetUris";
import { invalidProperty, propertiesOf, resourceOf, stringMap, wholeNumber } from "../request";
import { workspaceAround, WORKSPACE_ROUTE, type Workspace } from "../workspace";
import { registryModelServed } from "../../registry/servedModel";
import { planOf } from "./deploymentPlan";
import type { DeploymentRuntime } from "./deploymentRuntime";
import { MAX_INSTANCES, readProbe, readRequestSettings, readSku } from "./deploymentSettings";
import { provision } from "./deploymentStart";
import { dropFromTraffic, endpointIdOf, refuseWithTraffic } from "./deploymentTraffic";
import { DEPLOYMENT_TYPE } from "./endpoints";
import { requireInstances } from "./instanceQuota";
import { watchLiveness } from "./liveness";

const DEPLOYMENT_ROUTE = `${WORKSPACE_ROUTE}/onlineEndpoints/:endpoint/deployments/:deployment`;
const LOGS = accepts("a deployment's container log", {
  readOnly: true,
  body: members("containerType", "tail"),
});
const SKUS = accepts("a deployment's SKUs", { query: ["count", "$skip"] });

export function registerDeployments(
  app: FastifyInstance,
  cloud: Cloud,
  runtime: DeploymentRuntime,
  builtInFiles: () => Promise<BlobPath>,
): void {
  const liveness = watchLiveness(cloud, runtime);
  registerArmType(app, cloud, {
    type: DEPLOYMENT_TYPE,
    path: DEPLOYMENT_ROUTE,
    tracked: true,
    topLevel: ["identity", "sku", "kind"],
    nameRule: NAMES.online,
    patchTags: "merge",
    build: (context) => buildDeployment(context, builtInFiles),
    putWork: {
      latency: "deployment.update",
      run: async (_cloud, deployment, signal) => {
        await provision(cloud, runtime, deployment, signal);
        liveness.onServing(deployment.id);
      },
    },
    beforeDelete: (_cloud, deployment) => refuseWithTraffic(cloud, deployment),
    deleteWork: {
      latency: "deployment.delete",
      run: async (_cloud, deployment) => dropFromTraffic(cloud, deployment),
    },
  });
  cloud.resources.onRemove(DEPLOYMENT_TYPE, async (deployment) => {
    const workspace = workspaceAround(cloud, deployment.id);
    liveness.onDeleted(deployment.id);
    await runtime.remove(deployment.id, workspace?.guid ?? "unknown");
  });
  registerDiagnostics(app, cloud, runtime);
}

async function buildDeployment(
  { cloud, id, body, existing }: PutContext,
  builtInFiles: () => Promise<BlobPath>,
): Promise<Partial<ArmResource>> {
  oneOperationAtATime(existing);
  const endpoint = readyEndpoint(cloud, id);
  const properties = propertiesOf(body);
  const computeType =
    textAt(properties, "endpointComputeType", "properties.endpointComputeType") ?? "Managed";
  if (computeType.toLowerCase() !== "managed") {
    throw invalidProperty(
      "properties.endpointComputeType",
      `is "${computeType}"; the local cloud supports Managed deployments only.`,
    );
  }
  for (const name of ["dataCollector", "startupProbe"]) {
    if (properties[name] === null || properties[name] === undefined) continue;
    throw invalidProperty(`properties.${name}`, "is not supported by the local cloud. Leave it out.");
  }
  const workspace = workspaceAround(cloud, id) as Workspace;
  endpointIdentityRoles(cloud, endpoint, cloud.resources.get(workspace.id) as ArmResource);
  const { modelId, folder } = await readModel(cloud, workspace, properties, builtInFiles);
  const instanceType = textAt(properties, "instanceType", "properties.instanceType");
  if (!instanceType)
    throw invalidProperty(
      "properties.instanceType",
      "is missing; name a size such as Standard_NC24ads_A100_v4.",
    );
  deploymentSizeFixed(id.split("/").pop() ?? id, existing?.properties["instanceType"], instanceType);
  const sku = { name: "Default", tier: null, size: null, family: null, ...readSku(body, existing) };
  const required = { instanceType, instances: sku.capacity, subscription: workspace.subscription };
  requireInstances(cloud, endpoint.location ?? "", required, existing);
  return {
    kind: textAt(body, "kind") ?? existing?.kind ?? "Managed",
    sku,
    properties: {
      endpointComputeType: "Managed",
      description: textAt(properties, "description", "properties.description") ?? null,
      model: properties["model"],
      modelMountPath: properties["modelMountPath"] ?? null,
      instanceType,
      appInsightsEnabled: properties["appInsightsEnabled"] === true,
      codeConfiguration: properties["codeConfiguration"] ?? null,
      environmentId: properties["environmentId"] ?? null,
      environmentVariables: stringMap(properties["environmentVariables"], "properties.environmentVariables"),
      egressPublicNetworkAccess: properties["egressPublicNetworkAccess"] ?? "Enabled",
      scaleSettings: isObject(properties["scaleSettings"])
        ? properties["scaleSettings"]
        : { scaleType: "Default" },
      requestSettings: readRequestSettings(properties["requestSettings"]),
      livenessProbe: readProbe(properties["livenessProbe"], "livenessProbe"),
      readinessProbe: readProbe(properties["readinessProbe"], "readinessProbe"),
      properties: stringMap(properties["properties"], "properties.properties"),
    },
    hidden: { ...existing?.hidden, modelId, modelFolder: folder },
  };
}

function readyEndpoint(cloud: Cloud, deploymentId: string): ArmResource {
  const endpoint = cloud.resources.get(endpointIdOf(deploymentId)) as ArmResource;
  failedEndpointTakesNoDeployment(endpoint);
  // A deployment can be created while the endpoint's traffic changes.
  if (endpoint.properties["provisioningState"] !== "Updating") oneOperationAtATime(endpoint);
  return endpoint;
}

async function readModel(
  cloud: Cloud,
  workspace: Workspace,
  properties: Record<string, unknown>,
  builtInFiles: () => Promise<BlobPath>,
): Promise<{ modelId: string; folder: BlobPath }> {
  const given = textAt(properties, "model", "properties.model");
  if (!given)
    throw invalidProperty("properties.model", "is missing; give the id of a registered model version.");
  const shared = await registryModelServed(cloud, workspace, given, builtInFiles);
  if (shared) return shared;
  const model = registeredModel(cloud, workspace, given);
  if (!model) {
    throw new ArmError(
      400,
      "BadRequest",
      `properties.model is "${given}": workspace ${workspace.name} has no such model version. Register it first.`,
      {
        target: "properties.model",
      },
    );
  }
  if (model.properties["modelType"] !== "mlflow_model") {
    throw invalidProperty(
      "properties.model",
      `is of type ${String(model.properties["modelType"])}; the local cloud serves MLflow models.`,
    );
  }
  const folder = blobFolder(cloud, workspace, String(model.properties["modelUri"]));
  if (!folder)
    throw invalidProperty(
      "properties.model",
      `has its files at ${String(model.properties["modelUri"])}, which is not in a datastore of the workspace.`,
    );
  return { modelId: model.id, folder };
}

function registerDiagnostics(app: FastifyInstance, cloud: Cloud, runtime: DeploymentRuntime): void {
  app.post(`${DEPLOYMENT_ROUTE}/getLogs`, LOGS, async (request) => {
    const deployment = resourceOf(cloud, DEPLOYMENT_ROUTE, request);
    const body = request.body === undefined ? {} : bodyOf(request);
    const containerType = textAt(body, "containerType") ?? "InferenceServer";
    if (!["StorageInitializer", "InferenceServer"].includes(containerType)) {
      throw invalidProperty(
        "containerType",
        `is "${containerType}", allowed: InferenceServer, StorageInitializer.`,
      );
    }
    const tail = wholeNumber(body["tail"] ?? Number.MAX_SAFE_INTEGER, "tail", 0);
    const { workspaceId } = planOf(cloud, deployment);
    const lines = runtime.readLog(workspaceId, deployment.id).split("\n").slice(0, -1);
    return {
      content: lines
        .slice(Math.max(0, lines.length - tail))
        .map((line) => `${line}\n`)
        .join(""),
    };
  });
  app.get(`${DEPLOYMENT_ROUTE}/skus`, SKUS, async (request) => {
    resourceOf(cloud, DEPLOYMENT_ROUTE, request);
    const capacity = { default: 1, minimum: 1, maximum: MAX_INSTANCES, scaleType: "Automatic" };
    return {
      value: [{ capacity, resourceType: DEPLOYMENT_TYPE, sku: { name: "Default", tier: "Standard" } }],
      nextLink: null,
    };
  });
}
