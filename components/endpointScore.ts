import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/stackConfig";
import { Score } from "../providers/score/resource";
import type { ChatDataset } from "./chatDataset";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { Workspace } from "./workspace";

export interface EndpointScoreArgs {
  workspace: Workspace;
  endpoint: OnlineEndpoint;
  data: ChatDataset;
  config: StackConfig["scoring"];
}

/** The outcome of the held-out question. */
export interface SampleScore {
  question: string;
  /** The true answer; empty where the data holds none. */
  reference: string;
  answer: string;
  latencyMs: number;
}

/**
 * One held-out conversation, asked of the new deployment directly, before any traffic goes to it. If it does not answer,
 * the update fails here, and what served before goes on serving.
 */
export class EndpointScore extends pulumi.ComponentResource {
  readonly sample: pulumi.Output<SampleScore>;

  constructor(name: string, args: EndpointScoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:EndpointScore", name, {}, options);
    const { workspace, endpoint, config } = args;
    const { requestFile, seed, ...parameters } = config;
    const score = new Score(
      name,
      {
        workspace: workspace.ref,
        endpointName: endpoint.endpointName,
        deploymentName: endpoint.deploymentName,
        triggers: [endpoint.deploymentId],
        heldOut: args.data.heldOut,
        seed,
        parameters,
        requestFile,
      },
      { parent: this, dependsOn: [endpoint] },
    );
    this.sample = pulumi
      .all([score.question, score.reference, score.answer, score.latencyMs])
      .apply(([question, reference, answer, latencyMs]) => ({ question, reference, answer, latencyMs }));
    this.registerOutputs({ sample: this.sample });
  }
}
