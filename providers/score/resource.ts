import type * as pulumi from "@pulumi/pulumi";
import type { ChatMessage } from "../../azureml/clients/scoring";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface ScoringParametersArgs {
  /** Greater than 0; the notebook uses 0.6. */
  temperature: pulumi.Input<number>;
  /** Greater than 0 and at most 1; the notebook uses 0.9. */
  topP: pulumi.Input<number>;
  /** Whether the model samples; otherwise it decodes greedily. */
  doSample: pulumi.Input<boolean>;
  /** Maximum number of generated tokens, at least 1; the notebook uses 200. */
  maxNewTokens: pulumi.Input<number>;
}

interface ScoreArgs {
  workspace: pulumi.Input<WorkspaceRef>;
  endpointName: pulumi.Input<string>;
  /** Receives the request directly (header `azureml-model-deployment`), whatever the endpoint's traffic split is. */
  deploymentName: pulumi.Input<string>;
  /** Values that repeat the request when they change, e.g. the deployment's id. */
  triggers: pulumi.Input<pulumi.Input<unknown>[]>;
  /** Data URIs (`azureml://subscriptions/…`) of the test_gen and test_sft files. This or `prompt`. */
  heldOut?: pulumi.Input<{ genUri: pulumi.Input<string>; sftUri: pulumi.Input<string> }>;
  /** A question, or a JSON file of the project with a conversation, and the SHA-256 of its bytes. */
  prompt?: pulumi.Input<{ question: string } | { file: string; sha256: string }>;
  /** Integer from 0 that selects the row: the same seed and data select the same row. */
  seed: pulumi.Input<number>;
  parameters: pulumi.Input<ScoringParametersArgs>;
  /**
   * What happens to the texts of the conversation. Undefined (default): they are outputs. True: the same, for a caller who makes
   * `scoredTexts` secret. False: they are in no output, no file and no error.
   */
  showRows?: pulumi.Input<boolean | undefined>;
  /** File to write the request body to, relative to the project root; default `.data/sample_score.json`. */
  requestFile?: pulumi.Input<string>;
}

/** Outputs that contain texts of the conversation or the row's id. */
export const scoredTexts = ["question", "messages", "reference", "answer", "promptId"];

/**
 * One held-out conversation sent to a deployment. Without an answer the resource fails with `ScoringFailed` or
 * `ScoringEmpty`, and so does the roll-out.
 */
export class Score extends DynamicResource {
  /** The last user turn of the request. */
  declare readonly question: pulumi.Output<string | undefined>;
  /** All turns of the request. */
  declare readonly messages: pulumi.Output<ChatMessage[] | undefined>;
  /** The reference answer, not part of the request; empty when the data contains none. */
  declare readonly reference: pulumi.Output<string | undefined>;
  declare readonly answer: pulumi.Output<string | undefined>;
  /** Milliseconds that the answered request took. */
  declare readonly latencyMs: pulumi.Output<number>;
  declare readonly promptId: pulumi.Output<string | undefined>;
  /** 0-based line in the test_gen file. */
  declare readonly rowIndex: pulumi.Output<number | undefined>;
  declare readonly deploymentName: pulumi.Output<string>;

  constructor(name: string, args: ScoreArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "score",
      name,
      { ...args, requestFile: args.requestFile ?? ".data/sample_score.json" },
      [...scoredTexts, "latencyMs", "rowIndex"],
      options,
    );
  }
}
