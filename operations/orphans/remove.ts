import { apiVersions, armDelete } from "../../azureml/clients/arm";
import { cancelAndWait, getJob } from "../../azureml/clients/jobs";
import type { AzureSession } from "../../azureml/clients/session";
import { alertApiVersion } from "./alerts";
import { type BilledThing, billedKinds } from "./find";

/**
 * Cancels jobs and deletes endpoints with their deployments, clusters and resource groups, in this order.
 * @param log receives one line for each.
 */
export async function removeBilled(
  session: AzureSession,
  things: readonly BilledThing[],
  log: (line: string) => void,
): Promise<void> {
  for (const kind of billedKinds) {
    const ofKind = things.filter((thing) => thing.kind === kind);
    await Promise.all(ofKind.map((thing) => removeOne(session, thing, log)));
  }
}

async function removeOne(
  session: AzureSession,
  { kind, id, name }: BilledThing,
  log: (line: string) => void,
): Promise<void> {
  if (kind === "job") {
    const workspace = workspaceOf(id);
    const job = await getJob(session, workspace, name);
    if (job) await cancelAndWait(session, workspace, job);
    return log(`Cancelled ${kind} ${name}.`);
  }
  await armDelete(session, {
    path: id,
    apiVersion:
      kind === "resource group"
        ? apiVersions.resourceGroups
        : kind === "alert rule"
          ? alertApiVersion(id)
          : apiVersions.machineLearning,
    what: `${kind} "${name}"`,
    // Required by the operation Computes_Delete; the others do not know it.
    ...(kind === "cluster" ? { query: { underlyingResourceAction: "Delete" } } : {}),
  });
  log(`Deleted ${kind} ${name}.`);
}

function workspaceOf(id: string): {
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
} {
  const [, subscriptionId = "", resourceGroupName = "", workspaceName = ""] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/.*\/workspaces\/([^/]+)\//i.exec(id) ?? [];
  return { subscriptionId, resourceGroupName, workspaceName };
}
