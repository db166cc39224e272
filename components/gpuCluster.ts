import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import type { ComputeTier, StackConfig } from "../config/stackConfig";
import type { Workspace } from "./workspace";

export interface GpuClusterArgs {
  workspace: Workspace;
  config: StackConfig["compute"];
  /** Name, size and tier as preflight and the model's rules have settled them. */
  plan: pulumi.Output<{ cluster: { name: string; size: string; tier: ComputeTier } }>;
  tags: Record<string, string>;
}

/** The cluster the training runs on: created (no node while idle), or an existing one that is left alone. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Name in the workspace; known in preview. */
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: GpuClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("azureml-finetune:components:GpuCluster", name, {}, options);
    const { workspace, config } = args;
    const { cluster } = args.plan;
    this.clusterName = cluster.name;
    if (config.mode === "create") {
      new machinelearning.Compute(
        name,
        {
          computeName: cluster.name,
          resourceGroupName: workspace.ref.resourceGroupName,
          workspaceName: workspace.ref.workspaceName,
          location: workspace.location,
          properties: {
            computeType: "AmlCompute",
            disableLocalAuth: true,
            properties: {
              osType: "Linux",
              vmSize: cluster.size,
              vmPriority: cluster.tier.apply((tier) =>
                tier === "lowPriority" ? "LowPriority" : "Dedicated",
              ),
              scaleSettings: {
                minNodeCount: config.minNodes,
                maxNodeCount: config.maxNodes,
                nodeIdleTimeBeforeScaleDown: `PT${config.idleSecondsBeforeScaledown}S`,
              },
              remoteLoginPortPublicAccess: "Disabled",
              enableNodePublicIp: true,
            },
          },
          tags: args.tags,
        },
        // Another size or tier is another name, so the new cluster can be there before the old one goes.
        { parent: this, dependsOn: [workspace], deleteBeforeReplace: false },
      );
    }
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
