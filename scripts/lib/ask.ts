import { getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody } from "../../azureml/clients/scoring";
import { type EndpointOptions, endpointOf } from "./endpointOf";
import { openStackSession } from "./stackSession";

/** Options of `npm run ask`. */
export interface AskOptions extends EndpointOptions {
  maxNewTokens: number;
  /** From 0 to 2. 0 is greedy. */
  temperature: number;
  json?: boolean;
}

/** Sends one question to the stack's endpoint and prints the answer. Returns the exit code. */
export async function ask(
  question: string,
  { maxNewTokens, temperature, json, ...where }: AskOptions,
): Promise<number> {
  const { endpointName, ...workspace } = await endpointOf(where, process.env);
  const { session } = await openStackSession(where.endpoint ? undefined : where.stack);
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw new Error(
      `endpoint "${endpointName}" does not exist in workspace "${workspace.workspaceName}". For an endpoint of a stack, run \`npm run refresh\`, then \`npm run up\``,
    );
  }
  const reply = await score(session, {
    scoringUri: endpoint.scoringUri,
    secret: await scoringCredential(session, workspace, endpoint),
    body: scoringBody([[{ role: "user", content: question }]], {
      temperature: temperature || 1,
      topP: 0.9,
      doSample: temperature > 0,
      maxNewTokens,
    }),
  });
  if (reply.status < 200 || reply.status >= 300) {
    throw new Error(`endpoint "${endpointName}" answered ${reply.status}: ${reply.detail}`);
  }
  process.stdout.write(json ? `${reply.detail}\n` : `${reply.answer}\n`);
  return 0;
}
