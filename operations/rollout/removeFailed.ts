import { apiVersions, armDelete, armGet, armList, type ArmResource } from "../../azureml/clients/arm";
import { deploymentLogs } from "../../azureml/clients/deploymentLogs";
import type { AzureSession } from "../../azureml/clients/session";
import { errorText } from "../../azureml/errors";
import type { StateResource } from "../recovery/deployment";
import type { StackEngine } from "../recovery/recover";
import {
  endpointsOf,
  type FailedDeployment,
  failedDeployments,
  type LiveDeployment,
  lostDeployments,
  withoutDeployments,
} from "./failedDeployments";

export interface RemovalOptions {
  session: AzureSession;
  engine: Pick<StackEngine, "exportState" | "importState">;
  /** Setting `rollout.keepFailed`. */
  keepFailed: boolean;
  /** Receives lines for people. */
  log(line: string): void;
}

/**
 * Removes new deployments that failed, because they bill and serve nobody: prints the end of their logs, deletes them in Azure and
 * takes them out of the state, so that the next update creates them again. Also takes deployments out of the state that Azure
 * no longer has. With `keepFailed` it only prints.
 * @returns the number of deployments taken out of the state or deleted.
 */
export async function removeFailed(options: RemovalOptions): Promise<number> {
  let count = 0;
  for (const endpoint of endpointsOf(await options.engine.exportState()))
    count += await tidy(endpoint, options);
  return count;
}

async function tidy(endpoint: StateResource, options: RemovalOptions): Promise<number> {
  const { session, engine, log } = options;
  const state = await engine.exportState();
  const deployments = await listLive(session, endpoint.id ?? "");
  if (!deployments) return 0;
  const removed = lostDeployments(state, endpoint, deployments);
  for (const id of removed) log(`Forgotten: deployment ${nameOf(id)}. Azure no longer has it.`);
  for (const failed of failedDeployments(state, endpoint, deployments))
    if (await removeOne(failed, endpoint, options)) removed.push(failed.id);
  if (removed.length > 0) await engine.importState(withoutDeployments(state, removed, deployments));
  return removed.length;
}

/** @returns whether it is gone. */
async function removeOne(
  { id, name, reason }: FailedDeployment,
  endpoint: StateResource,
  { session, keepFailed, log }: RemovalOptions,
): Promise<boolean> {
  log(`Deployment ${name} failed: ${reason}.`);
  const lines = await deploymentLogs(session, id);
  log(lines.length > 0 ? "The end of its log:" : "It has no log.");
  for (const line of lines) log(`  ${line}`);
  if (keepFailed) {
    log(`Kept: deployment ${name} (rollout.keepFailed). It bills until it is deleted.`);
    return false;
  }
  // Somebody may have moved traffic meanwhile. Azure refuses it too.
  const now = await listLive(session, endpoint.id ?? "");
  if (now?.some((live) => live.id === id && live.traffic > 0)) {
    log(`Kept: deployment ${name}. It receives traffic now.`);
    return false;
  }
  try {
    await armDelete(session, {
      path: id,
      apiVersion: apiVersions.machineLearning,
      what: `deployment "${name}"`,
    });
  } catch (error) {
    log(`Kept: deployment ${name} could not be deleted, and it bills. ${errorText(error)}`);
    return false;
  }
  log(`Deleted: deployment ${name}. The next update creates it again.`);
  return true;
}

/** The endpoint's deployments with their traffic; undefined if there is no endpoint. */
async function listLive(session: AzureSession, endpointId: string): Promise<LiveDeployment[] | undefined> {
  const call = { apiVersion: apiVersions.machineLearning, what: `endpoint "${nameOf(endpointId)}"` };
  const endpoint = await armGet(session, { ...call, path: endpointId });
  if (!endpoint) return undefined;
  const { traffic, mirrorTraffic } = endpoint.properties as Partial<Record<string, Record<string, number>>>;
  const listed = await armList(session, { ...call, path: `${endpointId}/deployments` });
  return (listed as ArmResource[]).map(({ id, name, tags, properties }) => ({
    id,
    name,
    tags: tags ?? {},
    provisioningState: String(properties.provisioningState),
    traffic: share(traffic, name) + share(mirrorTraffic, name),
  }));
}

/** Azure compares the names without case. */
function share(split: Record<string, number> | undefined, name: string): number {
  const found = Object.entries(split ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found?.[1] ?? 0;
}

const nameOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);
