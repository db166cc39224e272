import * as pulumi from "@pulumi/pulumi";
import { steppedRollout } from "../config/rollout";
import type { StackConfig } from "../config/stackConfig";
import { Traffic } from "../providers/traffic/resource";
import type { EndpointScore } from "./endpointScore";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { Workspace } from "./workspace";

interface TrafficSplitArgs {
  workspace: Workspace;
  /** The endpoint and the deployment that receives its traffic. */
  endpoint: OnlineEndpoint;
  /** The score of the new deployment. The traffic moves only after the deployment has answered. */
  score: EndpointScore;
  /** Section `rollout` of the stack configuration. */
  config: StackConfig["rollout"];
}

/**
 * With two minutes, a step contains a whole one whenever it begins. Source of the minute: Azure Monitor's reference of supported
 * metrics, time grain PT1M.
 */
const sensibleHoldSeconds = 120;

/** Routes all requests of the endpoint to the deployment that has just answered, at once or in steps. */
export class TrafficSplit extends pulumi.ComponentResource {
  constructor(name: string, args: TrafficSplitArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:TrafficSplit", name, {}, options);
    const { workspace, endpoint, score, config } = args;
    const rollout = steppedRollout(config);
    if (rollout && rollout.holdSeconds < sensibleHoldSeconds)
      pulumi.log.warn(
        `rollout.holdSeconds is ${rollout.holdSeconds}: Azure Monitor has one value per minute, so a step's figures also contain requests before it. Set at least ${sensibleHoldSeconds}.`,
        this,
      );
    new Traffic(
      name,
      {
        workspace: workspace.ref,
        endpointName: endpoint.endpointName,
        traffic: endpoint.deploymentName.apply((deployment) => ({ [deployment]: 100 })),
        settings: endpoint.settings,
        // Absent by default, as in states of older versions.
        ...(rollout && { rollout }),
      },
      { parent: this, dependsOn: [endpoint, score] },
    );
    this.registerOutputs({});
  }
}
