import type { Azure } from "./azure";
import { fixturePaths } from "./fixtures";
import { textAt } from "./json";

interface Question {
  /** Header azureml-model-deployment. */
  deployment?: string;
  maxNewTokens?: number;
  secret?: string;
}

/** Sends one question to the endpoint's scoring address, with its primary key unless `secret` is given. */
export async function ask(azure: Azure, question: Question = {}): ReturnType<Azure["call"]> {
  const { endpoint } = fixturePaths(azure);
  const { body: resource } = await azure.call("GET", endpoint);
  const secret =
    question.secret ?? textAt((await azure.call("POST", `${endpoint}/listKeys`)).body, "primaryKey");
  return post(azure, textAt(resource, "properties.scoringUri"), secret, question);
}

/** The statuses of several questions sent at once. */
export async function askMany(azure: Azure, count: number): Promise<number[]> {
  const { endpoint } = fixturePaths(azure);
  const { body: resource } = await azure.call("GET", endpoint);
  const { body: keys } = await azure.call("POST", `${endpoint}/listKeys`);
  const uri = textAt(resource, "properties.scoringUri");
  const answers = Array.from({ length: count }, () =>
    post(azure, uri, textAt(keys, "primaryKey"), { maxNewTokens: 400 }),
  );
  return (await Promise.all(answers)).map(({ status }) => status);
}

function post(
  azure: Azure,
  uri: string,
  secret: string,
  { deployment, maxNewTokens = 20 }: Question,
): ReturnType<Azure["call"]> {
  const body = {
    input_data: {
      input_string: [{ role: "user", content: "What is 2 plus 2?" }],
      parameters: { temperature: 1, top_p: 0.9, do_sample: false, max_new_tokens: maxNewTokens },
    },
  };
  return azure.call("POST", uri, body, {
    headers: {
      authorization: `Bearer ${secret}`,
      ...(deployment ? { "azureml-model-deployment": deployment } : {}),
    },
    scope: "",
    maxRetries: 0,
  });
}
