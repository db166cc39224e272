import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import type { DeploymentFacts, EndpointSettings } from "../azureml/clients/onlineEndpoints";
import { deploymentNameFor, endpointDescription } from "../azureml/names";
import { isScaledExternally } from "../config/endpoint";
import type { StackConfig } from "../config/stackConfig";
import type { DeployableModel } from "./deployableModel";
import { dataIdentity, userAssigned } from "./managedIdentity";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface OnlineEndpointArgs extends StackArgs {
  workspace: Workspace;
  /** The model version to deploy. */
  model: DeployableModel;
  /** Name of the endpoint, found in preflight. */
  endpointName: string;
  /** Default: the notebook's, which names base model and data set. */
  description?: string;
  /** Section `endpoint` of the stack configuration. */
  config: StackConfig["endpoint"];
  /** VM size of the deployment, known once the model's rules have accepted it, and the deployments in Azure. */
  plan: pulumi.Output<{
    instanceType: string;
    deployments: DeploymentFacts[];
    identities: { endpoint?: { id: string; principalId: string } };
  }>;
}

/**
 * The managed online endpoint and the deployment of the registered model on it. The deployment's name contains the model
 * version, so a new version is deployed beside the old one, which is deleted last. TrafficSplit sets the traffic.
 */
export class OnlineEndpoint extends pulumi.ComponentResource {
  /** Name of the endpoint; known in preview. */
  readonly endpointName: string;
  /** URL for scoring requests. */
  readonly scoringUri: pulumi.Output<string>;
  readonly deploymentName: pulumi.Output<string>;
  /** Settings that can change on the endpoint. TrafficSplit writes them together with the traffic. */
  readonly settings: EndpointSettings;
  /** ARM id of the endpoint. */
  readonly endpointId: pulumi.Output<string>;
  /** ARM id of the deployment. */
  readonly deploymentId: pulumi.Output<string>;

  constructor(name: string, args: OnlineEndpointArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:OnlineEndpoint", name, {}, options);
    const { workspace, config, tags } = args;
    const { resourceGroupName, workspaceName } = workspace.ref;
    this.endpointName = args.endpointName;
    const description = args.description ?? endpointDescription(args.modelName, args.datasetName);
    const publicNetworkAccess = config.publicNetworkAccess ? "Enabled" : "Disabled";
    this.settings = { description, publicNetworkAccess, tags };
    const { user, roles } = this.identity(name, args);
    const endpoint = new machinelearning.OnlineEndpoint(
      name,
      {
        endpointName: this.endpointName,
        resourceGroupName,
        workspaceName,
        location: workspace.location,
        identity: user ? userAssigned(user) : { type: "SystemAssigned" },
        properties: {
          authMode: config.authMode === "key" ? "Key" : "AADToken",
          description,
          publicNetworkAccess,
        },
        tags,
      },
      {
        parent: this,
        dependsOn: [workspace, ...roles],
        // TrafficSplit sets the traffic later, because the deployments it names require the endpoint. It sets these
        // settings too: this provider would write them without the traffic, or with that of the last refresh.
        ignoreChanges: [
          "properties.traffic",
          "properties.mirrorTraffic",
          "properties.description",
          "properties.publicNetworkAccess",
          "tags",
        ],
        // A derived name changes with the mode, so the new endpoint can be created first. A configured name must be freed.
        deleteBeforeReplace: config.name !== undefined,
        replaceOnChanges: ["properties.authMode"],
      },
    );
    this.deploymentName = pulumi
      .all([args.model.version, args.plan])
      .apply(([version, { instanceType, deployments }]) =>
        deploymentNameFor(config.deploymentPrefix, version, instanceType, deployments),
      );
    const capacity = isScaledExternally(config)
      ? pulumi
          .all([this.deploymentName, args.plan])
          .apply(([deployment, { deployments }]) => scaledCapacity(config, deployment, deployments))
      : config.instanceCount;
    const deployment = new machinelearning.OnlineDeployment(
      name,
      {
        deploymentName: this.deploymentName,
        endpointName: this.endpointName,
        resourceGroupName,
        workspaceName,
        location: workspace.location,
        sku: { name: "Default", capacity },
        properties: {
          endpointComputeType: "Managed",
          model: args.model.versionId,
          instanceType: args.plan.instanceType,
          appInsightsEnabled: false,
          livenessProbe: { initialDelay: `PT${config.livenessInitialDelaySeconds}S` },
          requestSettings: {
            requestTimeout: `PT${config.requestTimeoutMs / 1000}S`,
            maxConcurrentRequestsPerInstance: config.maxConcurrentRequests,
          },
        },
        tags: args.model.deploymentTags
          ? args.model.deploymentTags.apply((own) => ({ ...tags, ...own }))
          : tags,
      },
      { parent: this, dependsOn: [endpoint], deleteBeforeReplace: false },
    );
    this.scoringUri = endpoint.properties.apply((properties) => properties.scoringUri);
    this.endpointId = endpoint.id;
    this.deploymentId = deployment.id;
    this.registerOutputs({ endpointName: this.endpointName, deploymentName: this.deploymentName });
  }

  /**
   * The identity that reads model and image. Azure assigns these roles to a system-assigned one. Source: Microsoft Learn,
   * concept-endpoints-online-auth.
   */
  private identity(name: string, args: OnlineEndpointArgs): ReturnType<typeof dataIdentity> {
    const { identity, workspace, config, plan, tags } = args;
    return dataIdentity(
      `${name}-identity`,
      {
        ...{ owner: "endpoint", role: "blobDataReader", identity, workspace, tags },
        ...{ setting: config.identity, found: plan.identities.endpoint },
      },
      this,
    );
  }
}

/**
 * Instances of a deployment that is scaled externally: those that it has. A new one starts with instanceCount; with autoscale it
 * starts with as many as the deployments that serve now, because it takes over their traffic before its own metrics can grow.
 */
function scaledCapacity(
  { instanceCount, autoscale }: StackConfig["endpoint"],
  name: string,
  deployments: readonly DeploymentFacts[],
): number {
  const own = deployments.find((deployment) => deployment.name === name);
  if (own) return own.instances;
  if (!autoscale) return instanceCount;
  return Math.min(autoscale.max, Math.max(instanceCount, ...deployments.map(({ instances }) => instances)));
}
