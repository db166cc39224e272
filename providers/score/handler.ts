import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { deploymentState, getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody, type ScoreResponse } from "../../azureml/clients/scoring";
import type { AzureSession } from "../../azureml/clients/session";
import { workspaceId } from "../../azureml/clients/workspaces";
import { azureMlError } from "../../azureml/errors";
import { redactedLine } from "../../azureml/http/redact";
import { diffInputs, handlerClass, PartialFailure } from "../shared/handler";
import { logLine } from "../shared/log";
import { nonEmpty, workspaceSchema } from "../shared/schemas";
import { configuredPrompt, projectFile, promptSchema } from "./configuredPrompt";
import { DeploymentFault, withLogs } from "./deploymentFault";
import type { HeldOutPrompt } from "./conversation";
import { choosePrompt, type ChosenPrompt } from "./heldOutPrompt";
import { waitForAnswer } from "./waitForAnswer";

const uri = nonEmpty.refine((text) => text.startsWith("azureml://"), "a long azureml:// data URI");

const inputSchema = z.object({
  workspace: workspaceSchema,
  endpointName: nonEmpty,
  deploymentName: nonEmpty,
  triggers: z.array(z.unknown()),
  // One of the two.
  heldOut: z.object({ genUri: uri, sftUri: uri }).optional(),
  prompt: promptSchema.optional(),
  seed: z.int("a whole number").min(0, "at least 0"),
  parameters: z.object({
    temperature: z.number().positive("more than 0"),
    topP: z.number().positive("more than 0").max(1, "at most 1"),
    doSample: z.boolean(),
    maxNewTokens: z.int("a whole number").min(1, "at least 1"),
  }),
  requestFile: projectFile,
  // States of version 0.1.0 have none.
  showRows: z.boolean().optional(),
});

const schema = inputSchema.refine(
  ({ heldOut, prompt }) => (heldOut === undefined) !== (prompt === undefined),
  "needs either heldOut or prompt",
);

type Inputs = z.infer<typeof inputSchema>;

/** With `showRows: false`, the texts and the row's id are absent. */
interface Outputs extends Inputs, Partial<ChosenPrompt> {
  answer?: string;
  /** Absent for a question of the configuration. */
  rowIndex?: number;
  latencyMs: number;
}

/**
 * @param olds what the state has; a failure of the deployment is recorded with it. Without triggers, so that the request is
 * repeated even if a refresh has removed the recorded error.
 */
async function scorePrompt(session: AzureSession, inputs: Inputs, olds: object): Promise<Outputs> {
  const { workspace, endpointName, deploymentName, parameters, showRows } = inputs;
  const prompt: HeldOutPrompt & Partial<ChosenPrompt> = inputs.heldOut
    ? await choosePrompt(session, inputs.heldOut, inputs.seed)
    : await configuredPrompt(inputs.prompt as NonNullable<Inputs["prompt"]>);
  const body = scoringBody([prompt.messages], parameters);
  if (showRows !== false) await writeRequestFile(inputs.requestFile, body);
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw azureMlError("EndpointMissing", { endpoint: endpointName, workspace: workspace.workspaceName });
  }
  const secret = await scoringCredential(session, workspace, endpoint);
  const texts = showRows === undefined ? [] : prompt.messages.map(({ content }) => content);
  const reply = await waitForAnswer(session, inputs, async () => {
    const response = await score(session, { scoringUri: endpoint.scoringUri, secret, deploymentName, body });
    return { ...response, detail: withoutTexts(response.detail, texts) };
  })
    .then(requireText(inputs))
    .catch(async (error: unknown) => {
      if (!(error instanceof DeploymentFault)) throw error;
      const id = `${workspaceId(workspace)}/onlineEndpoints/${endpointName}/deployments/${deploymentName}`;
      const shown = await withLogs(session, id, error.error, (line) => withoutTexts(line, texts));
      const outs = { ...olds, triggers: [], testedDeployment: deploymentName };
      throw new PartialFailure(idOf(inputs), outs, shown);
    });
  logLine(endpointName, `${deploymentName} answered in ${reply.latencyMs} ms`);
  const { latencyMs } = reply;
  if (showRows === false) return { ...inputs, rowIndex: prompt.rowIndex, latencyMs };
  return { ...inputs, ...prompt, answer: reply.answer, latencyMs };
}

/** Id of the resource in the state. */
const idOf = ({ endpointName }: Inputs): string => `${endpointName}/score`;

const requireText =
  ({ deploymentName, endpointName }: Inputs) =>
  (reply: ScoreResponse): ScoreResponse => {
    if (reply.answer) return reply;
    const detail = redactedLine(reply.detail, 300);
    throw new DeploymentFault(
      azureMlError("ScoringEmpty", { deployment: deploymentName, endpoint: endpointName, detail }),
    );
  };

/** Removes texts of the conversation from an endpoint's response, which can repeat its input in an error. */
function withoutTexts(detail: string, texts: readonly string[]): string {
  const forms = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  return forms.filter(Boolean).reduce((left, form) => left.replaceAll(form, "[hidden]"), detail);
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
      update: [
        "deploymentName",
        "triggers",
        "heldOut",
        "prompt",
        "seed",
        "parameters",
        "requestFile",
        "showRows",
      ],
    }),
  create: async (inputs, context) => ({
    id: idOf(inputs),
    outs: await scorePrompt(await context.session(), inputs, inputs),
  }),
  update: async (_id, olds, inputs, context) => ({
    outs: await scorePrompt(await context.session(), inputs, olds),
  }),
  // The answer stays valid while the deployment that gave it exists.
  read: async (_id, outs, context) => {
    const { workspace, endpointName, deploymentName } = outs;
    const state = await deploymentState(await context.session(), workspace, endpointName, deploymentName);
    return state === undefined ? undefined : outs;
  },
  delete: async () => undefined,
});
