import { z } from "zod";
import { type EndpointSettings, getOnlineEndpoint } from "../../azureml/clients/onlineEndpoints";
import type { AzureSession } from "../../azureml/clients/session";
import { isUnavailable } from "../../azureml/http/failure";
import type { Tags } from "../../azureml/tags";
import { diffInputs, handlerClass, PartialFailure } from "../shared/handler";
import { logLine } from "../shared/log";
import { nonEmpty, workspaceSchema } from "../shared/schemas";
import { hasSettings, ownSettings, sameSplit, setTraffic } from "./endpointTraffic";
import { rollOut } from "./rollout";
import { type Split, sum } from "./steps";

const percent = z.int("a whole percentage").min(0, "at least 0").max(100, "at most 100");

const schema = z.object({
  workspace: workspaceSchema,
  endpointName: nonEmpty,
  traffic: z.record(z.string(), percent).refine((split) => [0, 100].includes(sum(split)), {
    error: (issue) => `adds up to ${sum(issue.input as Split)}; allowed: 100, or 0 for no traffic`,
  }),
  settings: z
    .object({
      description: z.string(),
      publicNetworkAccess: z.enum(["Enabled", "Disabled"]),
      tags: z.record(z.string(), z.string()),
    })
    .optional(),
  rollout: z
    .object({
      steps: z.array(percent).min(1),
      holdSeconds: z.number().min(0),
      maxErrorRate: z.number().min(0).max(1),
      maxLatencyMs: z.number().positive().optional(),
      mirrorPercent: percent.max(50, "at most 50"),
    })
    .optional(),
});

type Inputs = Omit<z.infer<typeof schema>, "settings"> & { settings?: EndpointSettings };

/** `mirrorTraffic` is present only after a refresh that found mirrored traffic. The next update ends it. */
type Outputs = Inputs & { mirrorTraffic?: Split };

const format = (split: Split): string =>
  Object.entries(split)
    .map(([name, share]) => `${name} ${share} %`)
    .join(", ") || "none";

/** Id of the resource in the state. */
const idOf = ({ endpointName }: Inputs): string => `${endpointName}/traffic`;

/** Moves the traffic, at once or in steps, then writes the settings. */
async function apply(session: AzureSession, inputs: Inputs, tagsBefore: Tags): Promise<Inputs> {
  const { traffic, settings, rollout } = inputs;
  const target = Object.entries(traffic).find(([, share]) => share === 100)?.[0];
  if (rollout && target !== undefined) {
    const failed = await rollOut(session, inputs, target, rollout);
    // Recorded with the split that is live, so the next update tries again and a return to the old one changes nothing.
    if (failed) {
      const outs = { ...inputs, traffic: failed.before, testedDeployment: target };
      throw new PartialFailure(idOf(inputs), outs, failed.error);
    }
  }
  await setTraffic(session, inputs, { traffic, settings, tagsBefore });
  return inputs;
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
    const outs = await apply(await context.session(), inputs, {}).catch((error: unknown) => {
      // Azure may have carried it out. Without a record `destroy` would not end the traffic, and could not delete the deployment.
      throw isUnavailable(error) ? new PartialFailure(idOf(inputs), inputs, error) : error;
    });
    logLine(inputs.endpointName, `traffic: ${format(inputs.traffic)}`);
    return { id: idOf(inputs), outs };
  },
  update: async (_id, olds, inputs, context) => {
    const outs = await apply(await context.session(), inputs, olds.settings?.tags ?? {});
    logLine(inputs.endpointName, `traffic: ${format(olds.traffic)} → ${format(inputs.traffic)}`);
    return { outs };
  },
  read: async (_id, outs, context) => {
    const endpoint = await getOnlineEndpoint(await context.session(), outs.workspace, outs.endpointName);
    if (!endpoint) return undefined;
    return {
      ...outs,
      ...(sameSplit(endpoint.traffic, outs.traffic) ? {} : { traffic: endpoint.traffic }),
      mirrorTraffic: sum(endpoint.mirrorTraffic) > 0 ? endpoint.mirrorTraffic : undefined,
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
    await setTraffic(session, outs, { traffic: {} });
  },
});
