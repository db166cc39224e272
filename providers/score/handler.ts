import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { deploymentState, getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody } from "../../azureml/clients/scoring";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { diffInputs, handlerClass } from "../shared/handler";
import { logLine } from "../shared/log";
import { isAbsolutePath, nonEmpty, workspaceSchema } from "../shared/schemas";
import { choosePrompt, type ChosenPrompt } from "./heldOutPrompt";
import { waitForAnswer } from "./waitForAnswer";

const uri = nonEmpty.refine((text) => text.startsWith("azureml://"), "a long azureml:// data URI");

const schema = z.object({
  workspace: workspaceSchema,
  endpointName: nonEmpty,
  deploymentName: nonEmpty,
  triggers: z.array(z.unknown()),
  heldOut: z.object({ genUri: uri, sftUri: uri }),
  seed: z.int("a whole number").min(0, "at least 0"),
  parameters: z.object({
    temperature: z.number().positive("more than 0"),
    topP: z.number().positive("more than 0").max(1, "at most 1"),
    doSample: z.boolean(),
    maxNewTokens: z.int("a whole number").min(1, "at least 1"),
  }),
  requestFile: nonEmpty.refine(
    (file) => !isAbsolutePath(file) && !file.split(/[\\/]/).includes(".."),
    "must be relative to the project root and stay inside it",
  ),
});

type Inputs = z.infer<typeof schema>;

interface Outputs extends Inputs, ChosenPrompt {
  answer: string;
  latencyMs: number;
}

async function scorePrompt(session: AzureSession, inputs: Inputs): Promise<Outputs> {
  const { workspace, endpointName, deploymentName, parameters } = inputs;
  const prompt = await choosePrompt(session, inputs.heldOut, inputs.seed);
  const body = scoringBody([prompt.messages], parameters);
  await writeRequestFile(inputs.requestFile, body);
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw azureMlError("EndpointMissing", { endpoint: endpointName, workspace: workspace.workspaceName });
  }
  const secret = await scoringCredential(session, workspace, endpoint);
  const reply = await waitForAnswer(session, inputs, () =>
    score(session, { scoringUri: endpoint.scoringUri, secret, deploymentName, body }),
  );
  if (!reply.answer) {
    throw azureMlError("ScoringEmpty", {
      deployment: deploymentName,
      endpoint: endpointName,
      detail: redactedLine(reply.detail, 300),
    });
  }
  logLine(endpointName, `${deploymentName} answered in ${reply.latencyMs} ms`);
  return { ...inputs, ...prompt, answer: reply.answer, latencyMs: reply.latencyMs };
}

/** Writes the request body as the notebook does, to repeat it by hand. Renaming makes the write atomic. */
async function writeRequestFile(file: string, body: unknown): Promise<void> {
  const path = resolve(file);
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.tmp`;
  await writeFile(partial, `${JSON.stringify(body, null, 2)}\n`, "utf8");
  await rename(partial, path);
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "Score",
  schema,
  // Every input that could change the answer repeats the request.
  diff: (olds, news) =>
    diffInputs(olds, news, {
      replace: ["workspace", "endpointName"],
      update: ["deploymentName", "triggers", "heldOut", "seed", "parameters", "requestFile"],
    }),
  create: async (inputs, context) => ({
    id: `${inputs.endpointName}/score`,
    outs: await scorePrompt(await context.session(), inputs),
  }),
  update: async (_id, _olds, inputs, context) => ({
    outs: await scorePrompt(await context.session(), inputs),
  }),
  // The answer stays valid while the deployment that gave it exists.
  read: async (_id, outs, context) => {
    const { workspace, endpointName, deploymentName } = outs;
    const state = await deploymentState(await context.session(), workspace, endpointName, deploymentName);
    return state === undefined ? undefined : outs;
  },
  delete: async () => undefined,
});
