import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve as resolvePath } from "node:path";
import { z } from "zod";
import { deploymentState, getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import {
  type ChatMessage,
  type GenerationSettings,
  score,
  scoringBody,
  type ScoreReply,
} from "../../azureml/clients/scoring";
import type { AzureSession } from "../../azureml/clients/session";
import type { WorkspaceRef } from "../../azureml/clients/workspaces";
import { azureMlError, AzureMlError, textOf } from "../../azureml/errors";
import { delay } from "../../azureml/http/http";
import { brief } from "../../azureml/http/redact";
import { chooseQuestion } from "../endpointScore/heldOut";
import { diffOf, type DiffResult, handlerClass, type Properties, say } from "./base";
import { nonEmpty, workspaceSchema } from "./schemas";

const uri = nonEmpty.refine((text) => text.startsWith("azureml://"), "a long azureml:// data URI");

const schema = z.looseObject({
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
    (file) => !/^([A-Za-z]:|[\\/])/.test(file) && !file.split(/[\\/]/).includes(".."),
    "must be relative to the project root and stay inside it",
  ),
});

interface Inputs {
  workspace: WorkspaceRef;
  endpointName: string;
  deploymentName: string;
  triggers: unknown[];
  heldOut: { genUri: string; sftUri: string };
  seed: number;
  parameters: GenerationSettings;
  requestFile: string;
}

interface Outputs extends Inputs {
  question: string;
  messages: ChatMessage[];
  reference: string;
  answer: string;
  latencyMs: number;
  promptId: string;
  rowIndex: number;
}

/** A fresh deployment takes a while to answer after its provisioning: routes and front ends follow in this time. */
const routePatienceMs = 10 * 60_000;
/** A container that is asked and fails may still be loading its model; longer, and it fails at this very request. */
const modelPatienceMs = 3 * 60_000;
const patienceByStatus = new Map([
  [404, routePatienceMs],
  [408, modelPatienceMs],
  [424, modelPatienceMs],
  [429, routePatienceMs],
  [502, routePatienceMs],
  [503, routePatienceMs],
  [504, modelPatienceMs],
]);

/** Everything that could change the answer asks again; only another endpoint is another resource. */
export function diffEndpointScore(olds: Properties, news: Properties): DiffResult {
  return diffOf(olds, news, {
    replace: ["workspace", "endpointName"],
    update: ["deploymentName", "triggers", "heldOut", "seed", "parameters", "requestFile"],
  });
}

async function ask(session: AzureSession, inputs: Inputs): Promise<Outputs> {
  const { workspace, endpointName, deploymentName, parameters } = inputs;
  const question = await chooseQuestion(session, inputs.heldOut, inputs.seed);
  const body = scoringBody([question.messages], parameters);
  await writeRequest(inputs.requestFile, body);
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw azureMlError("EndpointMissing", { endpoint: endpointName, workspace: workspace.workspaceName });
  }
  const secret = await scoringCredential(session, workspace, endpoint);
  const reply = await untilAnswered(session, inputs, () =>
    score(session, { scoringUri: endpoint.scoringUri, secret, deploymentName, body }),
  );
  if (!reply.answer) {
    throw azureMlError("ScoringEmpty", {
      deployment: deploymentName,
      endpoint: endpointName,
      detail: brief(reply.detail, 300),
    });
  }
  say(endpointName, `${deploymentName} answered in ${reply.latencyMs} ms`);
  return { ...inputs, ...question, answer: reply.answer, latencyMs: reply.latencyMs };
}

async function untilAnswered(
  session: AzureSession,
  inputs: Inputs,
  request: () => Promise<ScoreReply>,
): Promise<ScoreReply> {
  const { workspace, endpointName: endpoint, deploymentName: deployment } = inputs;
  const started = Date.now();
  for (let wait = 500, told = false; ; wait = Math.min(wait * 1.5, 10_000)) {
    const outcome = await request().catch((error: unknown) => {
      if (error instanceof AzureMlError && error.code === "NotReachable") return error;
      throw error;
    });
    const silent = outcome instanceof Error;
    if (!silent && outcome.status < 300) return outcome;
    const status = silent ? "no connection" : outcome.status;
    const patience = silent ? modelPatienceMs : (patienceByStatus.get(outcome.status) ?? 0);
    const state = patience > 0 ? await deploymentState(session, workspace, endpoint, deployment) : "known";
    const hopeless = state === undefined || state === "Failed";
    if (hopeless || Date.now() + wait - started > patience) {
      const detail = brief(silent ? textOf(outcome) : outcome.detail, 400);
      throw azureMlError("ScoringFailed", {
        deployment,
        endpoint,
        status,
        detail: hopeless ? `the deployment ${state ? `is ${state}` : "does not exist"}; ${detail}` : detail,
      });
    }
    if (!told) say(endpoint, `${deployment} does not answer yet (${status}): waiting`);
    told = true;
    await delay(wait);
  }
}

/** The request as the notebook keeps it, for asking again by hand. Complete or not there: renamed into place. */
async function writeRequest(file: string, body: unknown): Promise<void> {
  const path = resolvePath(process.cwd(), file);
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.tmp`;
  await writeFile(partial, `${JSON.stringify(body, null, 2)}\n`, "utf8");
  await rename(partial, path);
}

export const Handler = handlerClass<Inputs, Outputs>({
  type: "EndpointScore",
  schema,
  diff: diffEndpointScore,
  create: async (inputs, context) => ({
    id: `${inputs.endpointName}/score`,
    outs: await ask(await context.session(), inputs),
  }),
  update: async (_id, _olds, inputs, context) => ({ outs: await ask(await context.session(), inputs) }),
  // An answer once given stays given, as long as the deployment that gave it is there.
  read: async (_id, outs, context) => {
    const { workspace, endpointName, deploymentName } = outs;
    const state = await deploymentState(await context.session(), workspace, endpointName, deploymentName);
    return state === undefined ? undefined : outs;
  },
  delete: async () => undefined,
});
