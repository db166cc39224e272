import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import * as path from "node:path";
import { ensureCloud } from "../../local/cloud/client/daemon";
import { noPolicy } from "../../scripts/lib/policyPack";
import { makeSandbox, type Sandbox } from "../../scripts/lib/sandbox";
import { noReport } from "../../scripts/lib/stackOperation";

export const project = path.resolve(__dirname, "..", "..");

/**
 * A sandbox whose cloud takes no time for anything but real work. Its training is small, but still real gradient descent.
 * @param options.policies checks each preview and update with the policy pack, which takes a process and a second of it. Default: not.
 * @param options.reports writes the run report after each update, which takes as much. Default: not.
 */
export async function makeTestSandbox(
  options: { policies?: boolean; reports?: boolean } = {},
): Promise<Sandbox> {
  const made = await makeSandbox(project);
  const start: Sandbox["start"] = (script, ...argv) =>
    made.start(
      script,
      ...argv,
      ...(script === "stack"
        ? [...(options.policies ? [] : [noPolicy]), ...(options.reports ? [] : [noReport])]
        : []),
    );
  const sandbox: Sandbox = { ...made, start, run: (script, ...argv) => start(script, ...argv).finished };
  sandbox.env["AZUREML_LOCAL_PROFILE"] = "instant";
  sandbox.setConfig("azureml-finetune:dataset.splitPercent", 1);
  sandbox.setConfig("azureml-finetune:finetune.maxSteps", 6);
  return sandbox;
}

/** Starts the sandbox's cloud without a run of the program. */
export async function startCloud({ root, env }: Sandbox): Promise<void> {
  await ensureCloud({ root, env });
}

export interface Answer {
  status: number;
  body: string;
}

/** Sends one HTTPS request that trusts only the sandbox's certificate authority. */
export function call(
  sandbox: Sandbox,
  method: string,
  url: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(
      url,
      {
        method,
        ca: readFileSync(path.join(sandbox.root, ".local/cloud/tls/ca.pem")),
        headers: {
          ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
          ...(payload
            ? { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }
            : {}),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    request.on("error", reject);
    request.end(payload);
  });
}

/** The variables of each sandbox's clients, which do not change. */
const environments = new WeakMap<Sandbox, Record<string, string>>();

/** The variables another client needs, as `npm run local -- env` prints them. */
export async function exportedEnvironment(sandbox: Sandbox): Promise<Record<string, string>> {
  const known = environments.get(sandbox);
  if (known) return known;
  const { stdout } = await sandbox.run("local", "env");
  const found = [...stdout.matchAll(/^export ([A-Z_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]);
  const environment = Object.fromEntries(found) as Record<string, string>;
  environments.set(sandbox, environment);
  return environment;
}

/** A token from the local cloud's managed-identity endpoint, by default for ARM. */
export async function armToken(sandbox: Sandbox, resource = "https://management.azure.com"): Promise<string> {
  const env = await exportedEnvironment(sandbox);
  const url = `${env["IDENTITY_ENDPOINT"]}?api-version=2019-08-01&resource=${resource}`;
  const answer = await call(sandbox, "GET", url, {
    headers: { "X-IDENTITY-HEADER": env["IDENTITY_HEADER"] ?? "" },
  });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

/** Sends a GET request to the local cloud's own routes or to ARM. */
export async function get<T>(sandbox: Sandbox, route: string): Promise<T> {
  const url = `https://127.0.0.1:${sandbox.env["AZUREML_LOCAL_PORT"]}${route}`;
  const answer = await call(sandbox, "GET", url, { token: await armToken(sandbox) });
  if (answer.status !== 200) throw new Error(`${route} answered ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as T;
}

export interface StackOutputs {
  subscriptionId: string;
  resourceGroupName: string;
  workspaceName: string;
  endpointName?: string;
  scoringUri?: string;
  deploymentName?: string;
  registeredModel: { name: string; version: string; id: string };
  jobName: string;
  metrics: Record<string, number>;
  sampleScore?: { question: string; reference: string; answer: string };
}

/** The stack's outputs, read from the state. */
export function outputs(sandbox: Sandbox): StackOutputs {
  const stack = stateOf(sandbox).resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return (stack?.outputs ?? {}) as unknown as StackOutputs;
}

interface StateResource {
  urn: string;
  type: string;
  id?: string;
  delete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  created?: string;
  modified?: string;
  initErrors?: string[];
}

/** The resources of the state file. */
export function stateOf(sandbox: Sandbox): { text: string; resources: StateResource[] } {
  const text = sandbox.read(".local/state/.pulumi/stacks/azureml-finetune/local.json");
  const parsed = JSON.parse(text) as { checkpoint: { latest: { resources?: StateResource[] } } };
  return { text, resources: parsed.checkpoint.latest.resources ?? [] };
}
