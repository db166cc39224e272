import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import { deploymentName, endpointDescription, endpointName, type StackIdentity } from "../azureml/names";
import type { StackConfig } from "../config/stackConfig";
import type { EndpointSettings } from "../providers/traffic/resource";
import type { RegisteredModel } from "./registeredModel";
import type { Workspace } from "./workspace";

export interface OnlineEndpointArgs {
  workspace: Workspace;
  model: RegisteredModel;
  config: StackConfig["endpoint"];
  /** The model's rules have accepted the configured size; the deployment waits for that. */
  plan: pulumi.Output<{ instanceType: string }>;
  identity: StackIdentity;
  /** Names of base model and data set, as configured. */
  modelName: string;
  datasetName: string;
  tags: Record<string, string>;
}

/**
 * The managed online endpoint and the deployment of the registered model on it. The deployment's name carries the model
 * version: a new version is deployed beside the old one, which goes last. Traffic is a resource of its own.
 */
export class OnlineEndpoint extends pulumi.ComponentResource {
  /** Known in preview. */
  readonly endpointName: string;
  readonly scoringUri: pulumi.Output<string>;
  readonly deploymentName: pulumi.Output<string>;
  /** What can change on the endpoint itself; written together with the traffic, by trafficSplit. */
  readonly settings: EndpointSettings;
  /** ARM id of the deployment. */
  readonly deploymentId: pulumi.Output<string>;

  constructor(name: string, args: OnlineEndpointArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:OnlineEndpoint", name, {}, options);
    const { workspace, config, tags } = args;
    const { resourceGroupName, workspaceName } = workspace.ref;
    this.endpointName = config.name ?? endpointName(args.identity, config.authMode);
    const description = endpointDescription(args.modelName, args.datasetName);
    const publicNetworkAccess = config.publicNetworkAccess ? "Enabled" : "Disabled";
    this.settings = { description, publicNetworkAccess, tags };
    const endpoint = new machinelearning.OnlineEndpoint(
      name,
      {
        endpointName: this.endpointName,
        resourceGroupName,
        workspaceName,
        location: workspace.location,
        identity: { type: "SystemAssigned" },
        properties: {
          authMode: config.authMode === "key" ? "Key" : "AADToken",
          description,
          publicNetworkAccess,
        },
        tags,
      },
      {
        parent: this,
        dependsOn: [workspace],
        // Traffic names deployments, which need the endpoint first: it is set later, by trafficSplit. So are the settings:
        // the provider would write the endpoint without its traffic, or with the one the last refresh has seen.
        ignoreChanges: [
          "properties.traffic",
          "properties.mirrorTraffic",
          "properties.description",
          "properties.publicNetworkAccess",
          "tags",
        ],
        // Derived names change with the mode, so the new endpoint comes first; a name of the user's must be freed first.
        deleteBeforeReplace: config.name !== undefined,
        replaceOnChanges: ["properties.authMode"],
      },
    );
    this.deploymentName = args.model.version.apply(deploymentName);
    const deployment = new machinelearning.OnlineDeployment(
      name,
      {
        deploymentName: this.deploymentName,
        endpointName: this.endpointName,
        resourceGroupName,
        workspaceName,
        location: workspace.location,
        sku: { name: "Default", capacity: config.instanceCount },
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
        tags,
      },
      { parent: this, dependsOn: [endpoint], deleteBeforeReplace: false },
    );
    this.scoringUri = endpoint.properties.apply((properties) => properties.scoringUri);
    this.deploymentId = deployment.id;
    this.registerOutputs({ endpointName: this.endpointName, deploymentName: this.deploymentName });
  }
}
