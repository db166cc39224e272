import { z } from "zod";
import { getRegistryModel, type RegistryModel } from "../../azureml/clients/registry";
import { textOf } from "../../azureml/errors";
import { brief } from "../../azureml/http/redact";
import {
  diffOf,
  type DiffResult,
  handlerClass,
  type HandlerContext,
  type Properties,
  type Resolved,
  say,
} from "./base";
import { nonEmpty, resourceName } from "./schemas";
import { hasUnknown, unknownValue } from "./unknown";

const schema = z.looseObject({ registry: resourceName, name: resourceName, version: nonEmpty });

interface Pinned {
  resolvedVersion: string;
  modelId: string;
  tags: Record<string, string>;
  modelProperties: Record<string, string>;
}

interface Inputs extends Pinned {
  registry: string;
  name: string;
  version: string;
}

/** A registry model is never ours: only the question can change. */
export function diffFoundationModel(olds: Properties, news: Properties): DiffResult {
  return diffOf(olds, news, {
    replace: ["registry", "name"],
    update: ["version", "resolvedVersion", "tags", "modelProperties"],
  });
}

/** What earlier inputs pinned, when the question is still the same. */
function pinnedModel(olds: Properties, news: Properties): Pinned | undefined {
  const same = ["registry", "name", "version"].every((key) => olds[key] === news[key]);
  if (!same || typeof olds.resolvedVersion !== "string" || hasUnknown(olds)) return undefined;
  const { resolvedVersion, modelId, tags, modelProperties } = olds as unknown as Pinned;
  return { resolvedVersion, modelId, tags: tags ?? {}, modelProperties: modelProperties ?? {} };
}

async function resolve(olds: Properties, news: Properties, context: HandlerContext): Promise<Resolved> {
  if (hasUnknown([news.registry, news.name, news.version])) {
    const unknown = unknownValue;
    return { add: { resolvedVersion: unknown, modelId: unknown, tags: unknown, modelProperties: unknown } };
  }
  const { registry, name, version } = news as unknown as Inputs;
  const pinned = pinnedModel(olds, news);
  if (pinned) {
    if (version === "latest") await tellNewer(pinned, registry, name, context);
    return { add: { ...pinned } };
  }
  const model = await getRegistryModel(await context.session(), registry, name, version);
  if (model.isArchived) {
    say(name, `version ${model.version} is marked archived in registry ${registry}; it still works.`);
  }
  return { add: { ...pinnedFrom(model) } };
}

function pinnedFrom(model: RegistryModel): Pinned {
  return {
    resolvedVersion: model.version,
    modelId: model.id,
    tags: model.tags,
    modelProperties: model.properties,
  };
}

async function tellNewer(
  pinned: Pinned,
  registry: string,
  name: string,
  context: HandlerContext,
): Promise<void> {
  try {
    const newest = await getRegistryModel(await context.session(), registry, name, "latest");
    if (newest.version !== pinned.resolvedVersion) {
      say(
        name,
        `version ${newest.version} is out; this stack stays on ${pinned.resolvedVersion}. Set foundationModel.version to ${newest.version} to take it (trains again).`,
      );
    }
  } catch (error) {
    // Only a hint: a registry that is away must not stop a stack that needs nothing from it.
    say(name, `could not look for a newer version: ${brief(textOf(error), 200)}`);
  }
}

const idOf = (inputs: Inputs): string => `azureml://registries/${inputs.registry}/models/${inputs.name}`;

export const Handler = handlerClass<Inputs, Inputs>({
  type: "FoundationModel",
  schema,
  resolve,
  diff: diffFoundationModel,
  create: async (inputs) => {
    say(inputs.name, `version ${inputs.resolvedVersion} (${inputs.modelId})`);
    return { id: idOf(inputs), outs: inputs };
  },
  update: async (_id, _olds, inputs) => ({ outs: inputs }),
  // The registry's copy is not ours to compare: what was pinned stays.
  read: async (_id, outs) => outs,
  delete: async () => undefined,
});
