import { z } from "zod";
import { findRegistryModel } from "../../azureml/clients/registryModels";
import { diffInputs, handlerClass } from "../shared/handler";
import { logLine } from "../shared/log";
import { resourceName, workspaceSchema } from "../shared/schemas";
import { shareModel } from "./share";

const schema = z.object({
  workspace: workspaceSchema,
  name: resourceName,
  version: resourceName,
  registry: resourceName,
});

type Inputs = z.infer<typeof schema>;

interface Outputs extends Inputs {
  modelId: string;
  sha256: string;
  files: number;
  bytes: number;
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "ModelShare",
  schema,
  diff: (olds, news) =>
    diffInputs(olds, news, { replace: ["workspace", "name", "version", "registry"], update: [] }),
  create: async (inputs, context) => {
    const { modelId, content } = await shareModel(await context.session(), inputs);
    const { files, bytes, hash } = content;
    return { id: modelId, outs: { ...inputs, modelId, sha256: hash.replace("sha256:", ""), files, bytes } };
  },
  update: async (_id, olds, inputs) => ({ outs: { ...olds, ...inputs } }),
  read: async (_id, outs, context) =>
    (await findRegistryModel(await context.session(), outs)) ? outs : undefined,
  // The version may serve production, and the stack is not the only one that uses it (docs/promotion.md).
  delete: async (_id, { registry, name, version }) => {
    logLine(`${name}:${version}`, `stays in registry ${registry}, because other stacks may serve it`);
  },
});
