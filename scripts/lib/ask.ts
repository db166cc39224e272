import { openStack, stackOutputsOf } from "../../local/engine/open";
import { getOnlineEndpoint, scoringCredential } from "../../azureml/clients/onlineEndpoints";
import { score, scoringBody } from "../../azureml/clients/scoring";
import { openSession } from "../../azureml/clients/session";
import { projectRoot, stackOf } from "./localStack";

/** What `ask` needs of the stack's outputs. */
interface EndpointOutputs {
  subscriptionId?: string;
  resourceGroupName?: string;
  workspaceName?: string;
  endpointName?: string;
}

/** Options that take a value; everything else that does not start with `--` is the question. */
const valued = new Set(["--stack", "-s", "--max-new-tokens", "--temperature"]);

/** Sends one question to the stack's endpoint and prints the answer; resolves with the exit code. */
export async function ask(argv: readonly string[]): Promise<number> {
  const question = questionOf(argv);
  const stack = stackOf(argv);
  const maxNewTokens = numberOption(
    argv,
    "--max-new-tokens",
    200,
    (value) => Number.isInteger(value) && value > 0,
  );
  const temperature = numberOption(argv, "--temperature", 0, (value) => value >= 0 && value <= 2);
  const { snapshot } = await openStack(projectRoot, stack, process.env);
  const outputs = stackOutputsOf(snapshot) as EndpointOutputs;
  const { subscriptionId, resourceGroupName, workspaceName, endpointName } = outputs;
  if (!subscriptionId || !resourceGroupName || !workspaceName || !endpointName) {
    throw new Error(
      `stack "${stack}" has no endpoint to ask: ` +
        "bring it up first (`npm start` for the local stack), with endpoint.enabled: true in its configuration",
    );
  }
  const session = await openSession();
  const workspace = { subscriptionId, resourceGroupName, workspaceName };
  const endpoint = await getOnlineEndpoint(session, workspace, endpointName);
  if (!endpoint) {
    throw new Error(
      `endpoint "${endpointName}" of stack "${stack}" does not exist any more; \`npm run refresh\`, then \`npm run up\``,
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
  process.stdout.write(argv.includes("--json") ? `${reply.detail}\n` : `${reply.answer}\n`);
  return 0;
}

function questionOf(argv: readonly string[]): string {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (valued.has(argument)) index++;
    else if (argument.startsWith("--") && argument !== "--json" && !argument.includes("=")) {
      throw new Error(`unknown option "${argument}"; \`npm run ask -- --help\` lists them`);
    } else if (!argument.startsWith("--")) words.push(argument);
  }
  const question = words.join(" ").trim();
  if (question === "") {
    throw new Error('no question given; for example: npm run ask -- "What is the capital of France?"');
  }
  return question;
}

function numberOption(
  argv: readonly string[],
  name: string,
  fallback: number,
  allowed: (value: number) => boolean,
): number {
  const at = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (at < 0) return fallback;
  const text = argv[at]?.includes("=") ? argv[at].slice(name.length + 1) : argv[at + 1];
  const value = Number(text);
  if (text === undefined || text === "" || !Number.isFinite(value) || !allowed(value)) {
    throw new Error(
      `${name}: "${text ?? ""}" is not a number this option takes; for example ${name} ${fallback}`,
    );
  }
  return value;
}
