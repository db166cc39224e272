import {
  type EndpointSettings,
  endpointSettings,
  getOnlineEndpoint,
  type OnlineEndpoint,
  putTraffic,
} from "../../azureml/clients/onlineEndpoints";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { AzureMlError, azureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { type Clock, pollUntilDone, systemClock } from "../../azureml/http/patience";
import { canonicalJson } from "../../azureml/records";
import { mergeTags, ownTags, type Tags, tagsAreMerged } from "../../azureml/tags";
import type { Split } from "./steps";

export interface EndpointRef {
  workspace: WorkspaceRef;
  endpointName: string;
}

/** What the endpoint shall have. */
export interface WantedTraffic {
  traffic: Split;
  /** Default: nothing is mirrored. */
  mirrorTraffic?: Split;
  /** Default: what it has. */
  settings?: EndpointSettings;
  /** The tags that the resource set before: those it sets no more are removed. */
  tagsBefore?: Tags;
}

const busyMinutes = 15;

/** Compares splits. A deployment with 0 percent is the same as one that is not named. */
export function sameSplit(a: Split, b: Split): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

/** The endpoint's settings, of its tags only ours. */
export function ownSettings(endpoint: OnlineEndpoint, ours: Tags): EndpointSettings {
  const settings = endpointSettings(endpoint);
  return { ...settings, tags: ownTags(settings.tags, ours) };
}

/** True when the endpoint has these settings. Without settings any endpoint is fine. */
export function hasSettings(
  endpoint: OnlineEndpoint,
  settings: EndpointSettings | undefined,
  tagsBefore: Tags,
): boolean {
  if (!settings) return true;
  const live = endpointSettings(endpoint);
  return (
    canonicalJson({ ...live, tags: {} }) === canonicalJson({ ...settings, tags: {} }) &&
    tagsAreMerged(live.tags, tagsBefore, settings.tags)
  );
}

/**
 * Brings the endpoint to the wanted traffic. Sends nothing if it has it. Waits while another operation runs on the endpoint.
 * @throws AzureMlError `EndpointMissing`, `EndpointBusy`
 */
export async function setTraffic(
  session: AzureSession,
  { workspace, endpointName }: EndpointRef,
  { traffic, mirrorTraffic = {}, settings, tagsBefore = {} }: WantedTraffic,
  clock: Clock = systemClock,
): Promise<void> {
  let wait = 1_000;
  let refusal: { detail: string; cause: unknown } | undefined;
  const poll = async (): Promise<{ done: true } | { status: string; waitMs: number }> => {
    const endpoint = await requireEndpoint(session, workspace, endpointName);
    const isTraffic =
      sameSplit(endpoint.traffic, traffic) && sameSplit(endpoint.mirrorTraffic, mirrorTraffic);
    if (isTraffic && hasSettings(endpoint, settings, tagsBefore)) return { done: true };
    const merged = settings && {
      ...settings,
      tags: mergeTags(endpointSettings(endpoint).tags, tagsBefore, settings.tags),
    };
    try {
      const mirror = Object.keys(mirrorTraffic).length > 0 ? { mirrorTraffic } : {};
      await putTraffic(session, workspace, endpoint, { traffic, ...mirror }, merged);
      return { done: true };
    } catch (error) {
      // The service runs one operation on an endpoint at a time.
      if (!hasStatus(error, 409)) throw error;
      refusal = { detail: error.detail, cause: error };
      const waitMs = wait;
      wait = Math.min(wait * 2, 20_000);
      return { status: "busy", waitMs };
    }
  };
  try {
    await pollUntilDone({ what: `traffic of endpoint "${endpointName}"`, minutes: busyMinutes, clock, poll });
  } catch (error) {
    if (!refusal || !(error instanceof AzureMlError && error.code === "OperationTimeout")) throw error;
    const values = { endpoint: endpointName, minutes: busyMinutes, detail: refusal.detail };
    throw azureMlError("EndpointBusy", values, { cause: refusal.cause });
  }
}

export async function requireEndpoint(
  session: AzureSession,
  workspace: WorkspaceRef,
  name: string,
): Promise<OnlineEndpoint> {
  const endpoint = await getOnlineEndpoint(session, workspace, name);
  if (endpoint) return endpoint;
  throw azureMlError("EndpointMissing", { endpoint: name, workspace: workspace.workspaceName });
}
