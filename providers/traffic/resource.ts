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
  /**
   * Moves all traffic to one new deployment in steps and checks each with Azure Monitor's metrics. A change of it alone
   * changes nothing. Default: at once.
   */
  rollout?: pulumi.Input<RolloutArgs>;
}

interface RolloutArgs {
  /** Growing percentages that end with 100. */
  steps: pulumi.Input<pulumi.Input<number>[]>;
  /** Seconds that each step lasts. */
  holdSeconds: pulumi.Input<number>;
  /** Highest share of failed requests, from 0 to 1. */
  maxErrorRate: pulumi.Input<number>;
  /** Highest 95th percentile of the latency in ms. Default: no limit. */
  maxLatencyMs?: pulumi.Input<number>;
  /** Share of the traffic in percent that is mirrored before the first step; 0: no mirroring. */
  mirrorPercent: pulumi.Input<number>;
}

/**
 * The traffic split and the settings of an online endpoint. The deployments must exist before (`dependsOn`). Fails with
 * `EndpointMissing` without the endpoint, with `EndpointBusy` while another operation on it runs for too long, and with
 * `RolloutStepFailed` if the new deployment misses the limits; the traffic is then as it was before.
 */
export class Traffic extends DynamicResource {
  declare readonly endpointName: pulumi.Output<string>;
  declare readonly traffic: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: TrafficArgs, options?: pulumi.CustomResourceOptions) {
    super("traffic", name, { ...args }, [], options);
  }
}
