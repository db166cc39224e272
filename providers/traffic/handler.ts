import { z } from "zod";
import {
  type EndpointSettings,
  getOnlineEndpoint,
  type OnlineEndpoint,
  putTraffic,
  endpointSettings,
} from "../../azureml/clients/onlineEndpoints";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError } from "../../azureml/errors";
import { hasStatus } from "../../azureml/http/failure";
import { delay } from "../../azureml/http/http";
import { canonicalJson } from "../../azureml/records";
import { mergeTags, ownTags, type Tags, tagsAreMerged } from "../../azureml/tags";
import { diffInputs, handlerClass } from "../shared/handler";
import { logLine } from "../shared/log";
import { nonEmpty, workspaceSchema } from "../shared/schemas";

type Split = Record<string, number>;

const schema = z.object({
  workspace: workspaceSchema,
  endpointName: nonEmpty,
  traffic: z
    .record(z.string(), z.int("a whole percentage").min(0, "at least 0").max(100, "at most 100"))
    .refine((split) => [0, 100].includes(sum(split)), {
      error: (issue) => `adds up to ${sum(issue.input as Split)}; allowed: 100, or 0 for no traffic`,
    }),
  settings: z
    .object({
      description: z.string(),
      publicNetworkAccess: z.enum(["Enabled", "Disabled"]),
      tags: z.record(z.string(), z.string()),
    })
    .optional(),
});

type Inputs = Omit<z.infer<typeof schema>, "settings"> & { settings?: EndpointSettings };

/** `mirrorTraffic` is present only after a refresh that found mirrored traffic. The next update ends it. */
type Outputs = Inputs & { mirrorTraffic?: Split };

const busyMinutes = 15;

function sum(split: Split): number {
  return Object.values(split).reduce((total, percent) => total + percent, 0);
}

/** Compares splits. A deployment with 0 percent is the same as one that is not named. */
function sameSplit(a: Split, b: Split): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

/** The endpoint's settings, of its tags only ours. */
function ownSettings(endpoint: OnlineEndpoint, ours: Tags): EndpointSettings {
  const settings = endpointSettings(endpoint);
  return { ...settings, tags: ownTags(settings.tags, ours) };
}

/** True when the endpoint has these settings. Without settings any endpoint is fine. */
function hasSettings(
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

const isMirrored = ({ mirrorTraffic }: OnlineEndpoint): boolean => sum(mirrorTraffic) > 0;

const format = (split: Split): string =>
  Object.entries(split)
    .map(([name, percent]) => `${name} ${percent} %`)
    .join(", ") || "none";

/** @param tagsBefore the tags that this resource set before: those it sets no more are removed */
async function setTraffic(session: AzureSession, inputs: Inputs, tagsBefore: Tags = {}): Promise<void> {
  const { workspace, endpointName, traffic, settings } = inputs;
  const deadline = Date.now() + busyMinutes * 60_000;
  for (let wait = 1_000; ; wait = Math.min(wait * 2, 20_000)) {
    const endpoint = await requireEndpoint(session, workspace, endpointName);
    const isDone = sameSplit(endpoint.traffic, traffic) && !isMirrored(endpoint);
    if (isDone && hasSettings(endpoint, settings, tagsBefore)) return;
    const merged = settings && {
      ...settings,
      tags: mergeTags(endpointSettings(endpoint).tags, tagsBefore, settings.tags),
    };
    try {
      await putTraffic(session, workspace, endpoint, traffic, merged);
      return;
    } catch (error) {
      // The service runs one operation on an endpoint at a time.
      if (!hasStatus(error, 409)) throw error;
      if (Date.now() + wait > deadline) {
        throw azureMlError(
          "EndpointBusy",
          { endpoint: endpointName, minutes: busyMinutes, detail: error.detail },
          { cause: error },
        );
      }
      await delay(wait);
    }
  }
}

async function requireEndpoint(
  session: AzureSession,
  workspace: WorkspaceRef,
  name: string,
): Promise<OnlineEndpoint> {
  const endpoint = await getOnlineEndpoint(session, workspace, name);
  if (endpoint) return endpoint;
  throw azureMlError("EndpointMissing", { endpoint: name, workspace: workspace.workspaceName });
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "Traffic",
  schema,
  diff: (olds, news) =>
    diffInputs(olds, news, {
      replace: ["workspace", "endpointName"],
      update: ["traffic", "settings", "mirrorTraffic"],
    }),
  create: async (inputs, context) => {
    await setTraffic(await context.session(), inputs);
    logLine(inputs.endpointName, `traffic: ${format(inputs.traffic)}`);
    return { id: `${inputs.endpointName}/traffic`, outs: inputs };
  },
  update: async (_id, olds, inputs, context) => {
    await setTraffic(await context.session(), inputs, olds.settings?.tags);
    logLine(inputs.endpointName, `traffic: ${format(olds.traffic)} → ${format(inputs.traffic)}`);
    return { outs: inputs };
  },
  read: async (_id, outs, context) => {
    const endpoint = await getOnlineEndpoint(await context.session(), outs.workspace, outs.endpointName);
    if (!endpoint) return undefined;
    return {
      ...outs,
      ...(sameSplit(endpoint.traffic, outs.traffic) ? {} : { traffic: endpoint.traffic }),
      mirrorTraffic: isMirrored(endpoint) ? endpoint.mirrorTraffic : undefined,
      ...(outs.settings && !hasSettings(endpoint, outs.settings, {})
        ? { settings: ownSettings(endpoint, outs.settings.tags) }
        : {}),
    };
  },
  delete: async (_id, outs, context) => {
    const session = await context.session();
    const endpoint = await getOnlineEndpoint(session, outs.workspace, outs.endpointName);
    // Deleting an endpoint deletes its traffic split.
    if (!endpoint || /^deleting$/i.test(endpoint.provisioningState)) return;
    await setTraffic(session, { ...outs, traffic: {}, settings: undefined });
  },
});
