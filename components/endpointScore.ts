import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/stackConfig";
import { Score, scoredTexts } from "../providers/score/resource";
import type { ChatDataset } from "./chatDataset";
import type { ConfiguredQuestion } from "./configuredQuestion";
import type { OnlineEndpoint } from "./onlineEndpoint";
import type { Workspace } from "./workspace";

interface EndpointScoreArgs {
  workspace: Workspace;
  /** The endpoint and the deployment to score. */
  endpoint: OnlineEndpoint;
  /** The data set that contains the held-out conversations, or a question of the configuration. */
  data: Pick<ChatDataset, "heldOut" | "showRows"> | ConfiguredQuestion;
  /** Section `scoring` of the stack configuration: seed, generation parameters, request file. */
  config: StackConfig["scoring"];
}

/** The held-out question with both answers. */
export interface SampleScore {
  question: string;
  /** The reference answer from the data; empty when the data contains none. */
  reference: string;
  /** The model's answer. */
  answer: string;
  /** Milliseconds that the request took. */
  latencyMs: number;
}

/**
 * Sends one held-out conversation to the new deployment directly, before it gets any traffic. Without an answer the
 * update fails here and the previous deployment continues to serve.
 */
export class EndpointScore extends pulumi.ComponentResource {
  /** Undefined if the stack does not show rows. */
  readonly sample: pulumi.Output<SampleScore | undefined>;

  constructor(name: string, args: EndpointScoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:EndpointScore", name, {}, options);
    const { workspace, endpoint, config } = args;
    const { data } = args;
    const { requestFile, seed, temperature, topP, doSample, maxNewTokens } = config;
    const score = new Score(
      name,
      {
        workspace: workspace.ref,
        endpointName: endpoint.endpointName,
        deploymentName: endpoint.deploymentName,
        triggers: [endpoint.deploymentId],
        ...("heldOut" in data ? { heldOut: data.heldOut } : { prompt: data.prompt }),
        seed,
        parameters: { temperature, topP, doSample, maxNewTokens },
        requestFile,
        showRows: data.showRows,
      },
      {
        parent: this,
        dependsOn: [endpoint],
        ...(data.showRows === true && { additionalSecretOutputs: scoredTexts }),
      },
    );
    this.sample = pulumi
      .all([score.question, score.reference, score.answer, score.latencyMs])
      .apply(([question, reference, answer, latencyMs]) =>
        question === undefined || reference === undefined || answer === undefined
          ? undefined
          : { question, reference, answer, latencyMs },
      );
    this.registerOutputs({ sample: this.sample });
  }
}
