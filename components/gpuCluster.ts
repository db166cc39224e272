import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import type { ComputeTier, StackConfig } from "../config/stackConfig";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface GpuClusterArgs extends StackArgs {
  workspace: Workspace;
  /** Section `compute` of the stack configuration. */
  config: StackConfig["compute"];
  /** Name, VM size and tier after preflight and the model's rules were applied. */
  plan: pulumi.Output<{ cluster: { name: string; size: string; tier: ComputeTier } }>;
}

/** The GPU cluster for the training: a new one without nodes while idle, or an existing one that stays unchanged. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Name of the cluster in the workspace; known in preview. */
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
        // A new size or tier changes the name, so the new cluster can be created before the old one is deleted.
        { parent: this, dependsOn: [workspace], deleteBeforeReplace: false },
      );
    }
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
