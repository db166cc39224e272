import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { formatValue } from "../../azureml/problem";
import type { CheckContext } from "./context";

/** The region of the workspace: the configured one, or the region of the workspace to adopt. */
export async function checkWorkspace(
  { config, cloud, report }: CheckContext,
  ref: WorkspaceRef,
): Promise<string | undefined> {
  if (config.workspace.mode === "create") return config.location;
  const property = report.key("workspace");
  const found = await report.attempt(property, async () => ({ workspace: await cloud.workspace(ref) }));
  if (found && !found.workspace)
    report.add({
      property,
      seen: `there is no workspace ${formatValue(ref.workspaceName)} in resource group ${formatValue(ref.resourceGroupName)} of subscription ${ref.subscriptionId}`,
      allowed: "the names of an existing workspace",
      remedy: "Correct workspace.resourceGroup and workspace.name, or set workspace.mode: create.",
    });
  return found?.workspace?.location;
}
