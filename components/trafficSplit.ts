import * as pulumi from "@pulumi/pulumi";
import { allTrafficTo } from "../azureml/traffic";
import { Traffic } from "../providers/traffic/resource";
import type { EndpointScore } from "./endpointScore";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { Workspace } from "./workspace";

export interface TrafficSplitArgs {
  workspace: Workspace;
  endpoint: OnlineEndpoint;
  /** The answer the new deployment has given: without it no traffic moves. */
  score: EndpointScore;
}

/** Who serves the endpoint's requests: the deployment that has just answered. */
export class TrafficSplit extends pulumi.ComponentResource {
  constructor(name: string, args: TrafficSplitArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:TrafficSplit", name, {}, options);
    const { workspace, endpoint, score } = args;
    new Traffic(
      name,
      {
        workspace: workspace.ref,
        endpointName: endpoint.endpointName,
        traffic: endpoint.deploymentName.apply((deployment) => allTrafficTo(deployment)),
        settings: endpoint.settings,
      },
      { parent: this, dependsOn: [endpoint, score] },
    );
    this.registerOutputs({});
  }
}
