import { z } from "zod";
import { getRegistryModel, type RegistryModel } from "../../azureml/clients/registry";
import { withShortWait } from "../../azureml/clients/shortWait";
import { errorText } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import {
  diffInputs,
  type DiffResult,
  handlerClass,
  type HandlerContext,
  type Properties,
  type Resolved,
} from "../shared/handler";
import { logLine } from "../shared/log";
import { nonEmpty, resourceName } from "../shared/schemas";
import { hasUnknown, unknownValue } from "../shared/unknownValues";
import { pinnedOnProperty } from "../../azureml/pinnedOn";

const schema = z.object({ registry: resourceName, name: resourceName, version: nonEmpty });

interface PinnedModel {
  resolvedVersion: string;
  modelId: string;
  tags: Record<string, string>;
  modelProperties: Record<string, string>;
}

type Inputs = z.infer<typeof schema> & PinnedModel;

function diff(olds: Properties, news: Properties): DiffResult {
  return diffInputs(olds, news, {
    replace: ["registry", "name"],
    update: ["version", "resolvedVersion", "tags", "modelProperties"],
  });
}

/** The model that earlier inputs pinned, if they name the same registry and name, and the same version or the pinned one. */
function pinnedBefore(olds: Properties, news: Properties): PinnedModel | undefined {
  const sameModel = ["registry", "name"].every((key) => olds[key] === news[key]);
  const sameVersion = [olds.version, olds.resolvedVersion].includes(news.version);
  if (!sameModel || !sameVersion || typeof olds.resolvedVersion !== "string" || hasUnknown(olds))
    return undefined;
  const { resolvedVersion, modelId, tags, modelProperties } = olds as unknown as PinnedModel;
  return { resolvedVersion, modelId, tags: tags ?? {}, modelProperties: modelProperties ?? {} };
}

async function resolve(olds: Properties, news: Properties, context: HandlerContext): Promise<Resolved> {
  if (hasUnknown([news.registry, news.name, news.version])) {
    const unknown = unknownValue;
    return { add: { resolvedVersion: unknown, modelId: unknown, tags: unknown, modelProperties: unknown } };
  }
  const { registry, name, version } = news as unknown as Inputs;
  const pinned = pinnedBefore(olds, news);
  if (pinned) {
    if (version === "latest") await reportNewerVersion(pinned, registry, name, context);
    return { add: { ...pinned } };
  }
  const model = await getRegistryModel(await context.session(), registry, name, version);
  if (model.isArchived) {
    logLine(name, `version ${model.version} is archived in registry ${registry}; it can still be used`);
  }
  return { add: { ...pin(model) } };
}

function pin(model: RegistryModel): PinnedModel {
  return {
    resolvedVersion: model.version,
    modelId: model.id,
    tags: model.tags,
    modelProperties: {
      ...model.properties,
      [pinnedOnProperty]: new Date().toISOString().slice(0, 10),
    },
  };
}

async function reportNewerVersion(
  pinned: PinnedModel,
  registry: string,
  name: string,
  context: HandlerContext,
): Promise<void> {
  try {
    const newest = await getRegistryModel(withShortWait(await context.session()), registry, name, "latest");
    if (newest.version === pinned.resolvedVersion) return;
    logLine(
      name,
      `version ${newest.version} is available; this stack stays on ${pinned.resolvedVersion}. To use it, set foundationModel.version to ${newest.version} (this trains again).`,
    );
  } catch (error) {
    // The report is optional: a stack with a pinned version does not need the registry.
    logLine(name, `could not check for a newer version: ${redactedLine(errorText(error), 200)}`);
  }
}

export const Handler = handlerClass<Inputs, Inputs>({
  type: "ModelLookup",
  schema,
  resolve,
  diff,
  create: async (inputs) => {
    logLine(inputs.name, `version ${inputs.resolvedVersion} (${inputs.modelId})`);
    return { id: `azureml://registries/${inputs.registry}/models/${inputs.name}`, outs: inputs };
  },
  update: async (_id, _olds, inputs) => ({ outs: inputs }),
  // A pinned version stays, whatever the registry contains by now.
  read: async (_id, outs) => outs,
  delete: async () => undefined,
});
