import * as pulumi from "@pulumi/pulumi";
import { providerText, wireType } from "./providerText";
import type { WorkspaceRefArgs } from "./workspaceRef";

/** What of an endpoint changes without another endpoint. */
export interface EndpointSettings {
  description: string;
  publicNetworkAccess: "Enabled" | "Disabled";
  tags: Record<string, string>;
}

export interface TrafficArgs {
  workspace: pulumi.Input<WorkspaceRefArgs>;
  endpointName: pulumi.Input<string>;
  /** Percent by deployment name; adds up to 100, or to 0 for none. */
  traffic: pulumi.Input<Record<string, pulumi.Input<number>>>;
  /** Written with the traffic, since the service takes both in one request only; absent: left as they are. */
  settings?: pulumi.Input<EndpointSettings>;
}

/** How an online endpoint splits its requests, and its own settings. Deployments named here must exist before (`dependsOn`). */
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
        settings: args.settings,
        __provider: providerText("traffic"),
      },
      options,
    );
  }
}
