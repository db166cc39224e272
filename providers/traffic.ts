import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

export interface TrafficArgs {
  workspace: pulumi.Input<WorkspaceRefArgs>;
  endpointName: pulumi.Input<string>;
  /** Percent by deployment name; adds up to 100, or to 0 for none. */
  traffic: pulumi.Input<Record<string, pulumi.Input<number>>>;
  /** Any change sets the traffic again: what else writes the endpoint as a whole may have dropped it. */
  triggers?: pulumi.Input<pulumi.Input<unknown>[]>;
}

/** How an online endpoint splits its requests. Deployments named here must exist before (`dependsOn`). */
export class Traffic extends pulumi.CustomResource {
  declare readonly endpointName: pulumi.Output<string>;
  declare readonly traffic: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: TrafficArgs, options?: pulumi.CustomResourceOptions) {
    super(
      wireType("Traffic"),
      name,
      {
        workspace: args.workspace,
        endpointName: args.endpointName,
        traffic: args.traffic,
        triggers: args.triggers,
        __provider: providerText("traffic"),
      },
      options,
    );
  }
}
