import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { autoscaleName } from "../azureml/monitoringNames";
import { ownerTags } from "../azureml/names";
import type { AutoscaleConfig } from "../config/autoscale";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { StackArgs } from "./stackArgs";
import type { TrafficSplit } from "./trafficSplit";
import type { Workspace } from "./workspace";

interface AutoscaleArgs extends StackArgs {
  workspace: Workspace;
  endpoint: OnlineEndpoint;
  /** The deployment is scaled once it has the traffic. Without traffic it would be scaled in before it takes over. */
  traffic: TrafficSplit;
  /** Setting `endpoint.autoscale`. */
  config: AutoscaleConfig;
  /** Setting `endpoint.instanceCount`. */
  instanceCount: number;
}

/** Azure Monitor accepts 15 tags. Source: documentation of azure-native 3.28.0, monitor.AutoscaleSetting. */
const mostTags = 15;

/**
 * The Monitor autoscale setting of the deployment. Target, metric and form of the rules: MicrosoftDocs/azure-ai-docs,
 * articles/machine-learning/how-to-autoscale-endpoints.md, and Azure/azureml-examples, cli/deploy-moe-autoscale.sh. The metrics are
 * those of …/onlineEndpoints/deployments. The setting's name contains the deployment's, so a new deployment gets a setting of
 * its own, and the old one is deleted before the old deployment.
 */
export class Autoscale extends pulumi.ComponentResource {
  constructor(name: string, args: AutoscaleArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:Autoscale", name, {}, options);
    const { workspace, endpoint, config, identity, tags } = args;
    new monitor.AutoscaleSetting(
      name,
      {
        autoscaleSettingName: endpoint.deploymentName.apply((deployment) =>
          autoscaleName(identity, endpoint.endpointName, deployment),
        ),
        resourceGroupName: workspace.ref.resourceGroupName,
        location: workspace.location,
        // The SDK's default is false.
        enabled: true,
        targetResourceUri: endpoint.deploymentId,
        profiles: [
          {
            name: "default",
            capacity: {
              minimum: String(config.min),
              maximum: String(config.max),
              // Used while there are no metrics.
              default: String(args.instanceCount),
            },
            rules: [
              rule(endpoint, config.metric, {
                operator: "GreaterThan",
                threshold: config.target,
                direction: "Increase",
                // A new instance loads the model for minutes before it takes load off the others.
                cooldown: "PT15M",
              }),
              rule(endpoint, config.metric, {
                operator: "LessThan",
                threshold: config.target / 2,
                direction: "Decrease",
                cooldown: "PT15M",
              }),
            ],
          },
        ],
        tags: Object.keys(tags).length > mostTags ? ownerTags(identity) : tags,
      },
      { parent: this, dependsOn: [args.traffic], deleteBeforeReplace: false },
    );
    this.registerOutputs({});
  }
}

function rule(
  { deploymentId }: OnlineEndpoint,
  metricName: string,
  {
    operator,
    threshold,
    direction,
    cooldown,
  }: Record<"direction" | "cooldown", string> & {
    operator: "GreaterThan" | "LessThan";
    threshold: number;
  },
) {
  return {
    metricTrigger: {
      metricName,
      metricResourceUri: deploymentId,
      timeGrain: "PT1M",
      statistic: "Average" as const,
      timeWindow: "PT5M",
      timeAggregation: "Average" as const,
      operator,
      threshold,
    },
    scaleAction: {
      direction: direction as "Increase" | "Decrease",
      type: "ChangeCount" as const,
      value: "1",
      cooldown,
    },
  };
}
