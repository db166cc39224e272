import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as pulumi from "@pulumi/pulumi";
import type { ComputeTier, StackConfig } from "../config/stackConfig";
import { dataIdentity, userAssigned } from "./managedIdentity";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface GpuClusterArgs extends StackArgs {
  workspace: Workspace;
  /** Section `compute` of the stack configuration. */
  config: StackConfig["compute"];
  /** Name, VM size and tier after preflight and the model's rules were applied. */
  plan: pulumi.Output<{
    cluster: { name: string; size: string; tier: ComputeTier };
    identities: { compute?: { id: string; principalId: string } };
  }>;
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
      const { user, roles } = this.identity(name, args);
      new machinelearning.Compute(
        name,
        {
          computeName: cluster.name,
          resourceGroupName: workspace.ref.resourceGroupName,
          workspaceName: workspace.ref.workspaceName,
          location: workspace.location,
          ...(user ? { identity: userAssigned(user) } : {}),
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
        { parent: this, dependsOn: [workspace, ...roles], deleteBeforeReplace: false },
      );
    }
    this.registerOutputs({ clusterName: this.clusterName });
  }

  /**
   * The identity with which jobs read their model and data, and write their output. Source of the roles: Microsoft Learn,
   * how-to-disable-local-auth-storage ("Model Registry and ML Flow"), how-to-identity-based-service-authentication (AcrPull).
   */
  private identity(name: string, args: GpuClusterArgs): ReturnType<typeof dataIdentity> {
    const { identity, workspace, config, plan, tags } = args;
    return dataIdentity(
      `${name}-identity`,
      {
        ...{ owner: "compute", role: "blobDataContributor", identity, workspace, tags },
        ...{ setting: config.identity, found: plan.identities.compute },
      },
      this,
    );
  }
}
