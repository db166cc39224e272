import { apiVersions, armGet } from "./arm";
import type { AzureSession } from "./session";
import { type WorkspaceRef, workspaceId } from "./workspaces";

/** Whether the nodes of a cluster can be preempted (`vmPriority` LowPriority). False for a cluster that does not exist. */
export async function isLowPriority(
  session: AzureSession,
  ref: WorkspaceRef,
  name: string,
): Promise<boolean> {
  const compute = await armGet(session, {
    path: `${workspaceId(ref)}/computes/${name}`,
    apiVersion: apiVersions.machineLearning,
    what: `cluster "${name}"`,
  });
  const settings = compute?.properties.properties as { vmPriority?: unknown } | null | undefined;
  return typeof settings?.vmPriority === "string" && /^low_?priority$/i.test(settings.vmPriority);
}
