import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

export interface ScoringParametersArgs {
  /** > 0; the notebook uses 0.6. */
  temperature: pulumi.Input<number>;
  /** 0 < topP <= 1; the notebook uses 0.9. */
  topP: pulumi.Input<number>;
  doSample: pulumi.Input<boolean>;
  maxNewTokens: pulumi.Input<number>;
}

export interface EndpointScoreArgs {
  workspace: pulumi.Input<WorkspaceRefArgs>;
  endpointName: pulumi.Input<string>;
  /** Asked directly (header `azureml-model-deployment`), whatever the traffic says. */
  deploymentName: pulumi.Input<string>;
  /** Any change asks again: model version, deployment id, … */
  triggers: pulumi.Input<pulumi.Input<unknown>[]>;
  /** Data URIs (`azureml://subscriptions/…`) of the test_gen and test_sft files. */
  heldOut: pulumi.Input<{ genUri: pulumi.Input<string>; sftUri: pulumi.Input<string> }>;
  /** Chooses the row: the same seed and data choose the same row. */
  seed: pulumi.Input<number>;
  parameters: pulumi.Input<ScoringParametersArgs>;
  /** Where the request is written, relative to the project root; default `.data/sample_score.json`. */
  requestFile?: pulumi.Input<string>;
}

export interface ChatTurn {
  role: string;
  content: string;
}

/** One held-out conversation asked to a deployment. No answer = the resource fails, and the roll-out with it. */
export class EndpointScore extends pulumi.CustomResource {
  /** The last user turn of what was sent. */
  declare readonly question: pulumi.Output<string>;
  /** All turns sent. */
  declare readonly messages: pulumi.Output<ChatTurn[]>;
  /** The true answer, held back from the request; empty where the data holds none. */
  declare readonly reference: pulumi.Output<string>;
  declare readonly answer: pulumi.Output<string>;
  /** Of the answered request, in ms. */
  declare readonly latencyMs: pulumi.Output<number>;
  declare readonly promptId: pulumi.Output<string>;
  /** 0-based line in the test_gen file. */
  declare readonly rowIndex: pulumi.Output<number>;
  declare readonly deploymentName: pulumi.Output<string>;

  constructor(name: string, args: EndpointScoreArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("EndpointScore"),
      name,
      {
        workspace: args.workspace,
        endpointName: args.endpointName,
        deploymentName: args.deploymentName,
        triggers: args.triggers,
        heldOut: args.heldOut,
        seed: args.seed,
        parameters: args.parameters,
        requestFile: args.requestFile ?? ".data/sample_score.json",
        question: undefined,
        messages: undefined,
        reference: undefined,
        answer: undefined,
        latencyMs: undefined,
        promptId: undefined,
        rowIndex: undefined,
        __provider: providerText("endpointScore"),
      },
      options,
    );
  }
}
