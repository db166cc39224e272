import { openStack, stackOutputsOf } from "../../local/engine/open";
import { getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody } from "../../azureml/clients/scoring";
import { openSession } from "../../azureml/clients/session";
import { projectRoot } from "./localStack";

/** The stack's outputs that name its endpoint. */
interface EndpointOutputs {
  subscriptionId?: string;
  resourceGroupName?: string;
  workspaceName?: string;
  endpointName?: string;
}

/** Options of `npm run ask`. */
export interface AskOptions {
  stack: string;
  maxNewTokens: number;
  /** From 0 to 2. 0 is greedy. */
  temperature: number;
  json?: boolean;
}

/** Sends one question to the stack's endpoint and prints the answer. Returns the exit code. */
export async function ask(
  question: string,
  { stack, maxNewTokens, temperature, json }: AskOptions,
): Promise<number> {
  const { snapshot } = await openStack(projectRoot, stack, process.env);
  const outputs = stackOutputsOf(snapshot) as EndpointOutputs;
  const { subscriptionId, resourceGroupName, workspaceName, endpointName } = outputs;
  if (!subscriptionId || !resourceGroupName || !workspaceName || !endpointName) {
    throw new Error(
      `stack "${stack}" has no endpoint. Deploy it first (the local stack with \`npm start\`), ` +
        "with endpoint.enabled: true in its configuration",
    );
  }
  const session = await openSession();
  const workspace = { subscriptionId, resourceGroupName, workspaceName };
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw new Error(
      `endpoint "${endpointName}" of stack "${stack}" does not exist any more. Run \`npm run refresh\`, then \`npm run up\``,
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
