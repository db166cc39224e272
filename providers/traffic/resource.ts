import type * as pulumi from "@pulumi/pulumi";
import type { EndpointSettings } from "../../azureml/clients/onlineEndpoints";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { DynamicResource } from "../shared/dynamicResource";

interface TrafficArgs {
  workspace: pulumi.Input<WorkspaceRef>;
  endpointName: pulumi.Input<string>;
  /** Integer percentages by deployment name; the sum is 100, or 0 for no traffic. */
  traffic: pulumi.Input<Record<string, pulumi.Input<number>>>;
  /**
   * Written together with the traffic, because the service accepts both only in the same request. Without them the
   * endpoint keeps its settings.
   */
  settings?: pulumi.Input<EndpointSettings>;
}

/**
 * The traffic split and the settings of an online endpoint. The deployments must exist before (`dependsOn`). Fails with
 * `EndpointMissing` without the endpoint, and with `EndpointBusy` while another operation on it runs for too long.
 */
export class Traffic extends DynamicResource {
  declare readonly endpointName: pulumi.Output<string>;
  declare readonly traffic: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: TrafficArgs, options?: pulumi.CustomResourceOptions) {
    super("traffic", name, { ...args }, [], options);
  }
}
