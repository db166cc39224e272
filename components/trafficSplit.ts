import * as pulumi from "@pulumi/pulumi";
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
}

/** Routes all requests of the endpoint to the deployment that has just answered. */
export class TrafficSplit extends pulumi.ComponentResource {
  constructor(name: string, args: TrafficSplitArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:TrafficSplit", name, {}, options);
    const { workspace, endpoint, score } = args;
    new Traffic(
      name,
      {
        workspace: workspace.ref,
        endpointName: endpoint.endpointName,
        traffic: endpoint.deploymentName.apply((deployment) => ({ [deployment]: 100 })),
        settings: endpoint.settings,
      },
      { parent: this, dependsOn: [endpoint, score] },
    );
    this.registerOutputs({});
  }
}
