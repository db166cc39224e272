import { z } from "zod";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { PulumiCliError } from "./engines/pulumiCli";
import { stackOutputs } from "./stackOutputs";

/** Where an endpoint is: in a stack's outputs, or named in full. */
export interface EndpointOptions {
  stack: string;
  subscription?: string;
  resourceGroup?: string;
  workspace?: string;
  endpoint?: string;
}

const outputsSchema = z.object({
  subscriptionId: z.string(),
  resourceGroupName: z.string(),
  workspaceName: z.string(),
  endpointName: z.string(),
});

/**
 * The endpoint that the options name. The embedded engine reads states in a directory (`file://`). For every other backend the
 * Pulumi CLI reads the outputs: `pulumi stack output --json`. Fails when the options or the outputs are incomplete.
 */
export async function endpointOf(
  { stack, subscription, resourceGroup, workspace, endpoint }: EndpointOptions,
  env: NodeJS.ProcessEnv,
): Promise<WorkspaceRef & { endpointName: string }> {
  const named = [subscription, resourceGroup, workspace, endpoint];
  if (named.some((value) => value !== undefined)) {
    const found = outputsSchema.safeParse({
      subscriptionId: subscription,
      resourceGroupName: resourceGroup,
      workspaceName: workspace,
      endpointName: endpoint,
    });
    if (found.success) return found.data;
    throw new Error(
      "an endpoint without its stack needs all of --subscription, --resource-group, --workspace and --endpoint",
    );
  }
  const found = outputsSchema.safeParse(await outputsOf(stack, env));
  if (found.success) return found.data;
  throw new Error(
    `stack "${stack}" has no endpoint. Deploy it first (the local stack with \`npm start\`), ` +
      "with endpoint.enabled: true in its configuration",
  );
}

/** The outputs of a stack, `[secret]` for each secret. An error names what else finds the endpoint. */
export async function outputsOf(stack: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  try {
    return await stackOutputs(stack, env);
  } catch (error) {
    if (!(error instanceof PulumiCliError)) throw error;
    throw new Error(
      `the outputs of stack "${stack}" cannot be read: ${error.reason}. Install the Pulumi CLI and log in to the stack's backend, ` +
        "or name the endpoint: --subscription, --resource-group, --workspace, --endpoint",
      { cause: error },
    );
  }
}
