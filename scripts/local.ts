import * as path from "node:path";
import { apiVersions } from "../azureml/clients/arm";
import {
  callCloud,
  type CloudInfo,
  cloudLogs,
  cloudStatus,
  ensureCloud,
  resetCloud,
  stopCloud,
} from "../local/cloud/client/daemon";
import { localEnvironment, pythonHook } from "../local/cloud/client/environment";
import { LocalCloudError } from "../local/cloud/client/request";
import { LOCAL_SUBSCRIPTION_ID } from "../local/cloud/constants";
import { cloudPort } from "../local/cloud/ports";
import { openStack, stackOutputsOf } from "../local/engine/open";
import { billableResources } from "./lib/billableResources";
import { addClockCommand } from "./lib/clockCommand";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";
import { addFaultCommand } from "./lib/faultCommand";
import { projectRoot } from "./lib/localStack";
import { addRequestsCommand } from "./lib/requestsCommand";
import { localStack } from "./lib/stackPlace";

/** `npm run local -- <command>`: the local cloud in the background. */
async function main(): Promise<number> {
  const local = createCommand(
    "npm run local --",
    "Controls the local cloud, which every stack command starts.",
  );
  local
    .command("start")
    .description("start it in the background, as every stack command does")
    .action(async () => {
      const { port } = await start();
      process.stdout.write(`local cloud: running on port ${port}\n`);
    });
  local
    .command("status")
    .description("whether it runs, what is in it, and which of that would be billable on Azure")
    .option("--json", "one JSON document")
    .action(status);
  local
    .command("logs")
    .description("print its log")
    .option("-f, --follow", "wait for further lines")
    .action(({ follow }: { follow?: boolean }) => cloudLogs({ root: projectRoot, follow: follow === true }));
  local
    .command("stop")
    .description("stop it and keep its state")
    .action(async () => {
      const wasRunning = await stopCloud({ root: projectRoot });
      process.stdout.write(wasRunning ? "local cloud stopped\n" : "local cloud was not running\n");
    });
  local
    .command("reset")
    .description("stop it; delete its state, the states of its stacks and the prepared data")
    .action(async () => {
      await resetCloud({ root: projectRoot });
      process.stdout.write("local cloud stopped, its state is deleted\n");
    });
  addClockCommand(local);
  addFaultCommand(local);
  addRequestsCommand(local);
  local
    .command("env")
    .description('print shell exports for other clients: eval "$(npm run --silent local -- env)"')
    .option("-s, --stack <name>", "the stack whose workspace is meant", localStack)
    .action(({ stack }: { stack: string }) => printEnvironment(stack));
  await local.parseAsync();
  return 0;
}

/** Its progress goes to stderr, so that the output of `env` can be evaluated. */
function start(): Promise<CloudInfo> {
  return ensureCloud({ root: projectRoot, onProgress: (line) => process.stderr.write(`${line}\n`) });
}

async function status({ json }: { json?: boolean }): Promise<void> {
  const found = await cloudStatus({ root: projectRoot });
  if (json) {
    process.stdout.write(`${JSON.stringify(found ?? { running: false }, null, 2)}\n`);
    return;
  }
  if (!found) {
    process.stdout.write(
      "local cloud: not running (`npm run local -- start` or any stack command starts it)\n",
    );
    return;
  }
  const { status: now, inventory } = found;
  const lines = [
    `local cloud: running since ${now.startedAt} (pid ${now.pid}), ports ${Object.values(now.ports).join(", ")}, profile ${now.profile}`,
    `requests: ${now.requests.total}, ${now.requests.writes} of them writes`,
    `jobs running: ${now.runningJobs.map(({ name, status }) => `${name} (${status})`).join(", ") || "none"}`,
    ...Object.entries(now.resources).map(([type, count]) => `  ${String(count).padStart(3)}  ${type}`),
    ...billableResources(inventory),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * Starts the cloud, so that the certificate authority exists, and prints everything another client needs: the variables of the
 * stack's own processes, the ARM endpoint, the blob address pattern and, once the stack is up, resource group, workspace and
 * tracking address under the names that Azure ML uses inside its jobs.
 */
async function printEnvironment(stack: string): Promise<void> {
  await start();
  const env = localEnvironment(process.env, projectRoot);
  const { resourceGroupName, workspaceName } = await workspaceNames(stack, env);
  const tracking =
    resourceGroupName && workspaceName ? await trackingUri(resourceGroupName, workspaceName) : undefined;
  const text = shellExports({
    ...env,
    AZUREML_LOCAL_ARM_ENDPOINT: `https://${env["ARM_METADATA_HOSTNAME"] ?? ""}`,
    AZUREML_LOCAL_BLOB_PATTERN: `https://127.0.0.1:${cloudPort(process.env) + 2}/{account}/{container}/{blob}`,
    // curl prefers it to SSL_CERT_FILE.
    CURL_CA_BUNDLE: env["SSL_CERT_FILE"],
    PYTHONPATH: [pythonHook, env["PYTHONPATH"]].filter(Boolean).join(path.delimiter),
    AZUREML_ARM_SUBSCRIPTION: env["ARM_SUBSCRIPTION_ID"],
    ...(resourceGroupName && { AZUREML_ARM_RESOURCEGROUP: resourceGroupName }),
    ...(workspaceName && { AZUREML_ARM_WORKSPACE_NAME: workspaceName }),
    ...(tracking && { MLFLOW_TRACKING_URI: tracking }),
  });
  process.stdout.write(
    workspaceName ? text : `# no resource group and workspace yet: npm start creates them\n${text}`,
  );
}

/** The address of a workspace's MLflow tracking. None if the workspace does not exist. */
async function trackingUri(group: string, workspace: string): Promise<string | undefined> {
  const id = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;
  const route = `${id}?api-version=${apiVersions.machineLearning}`;
  try {
    const found = await callCloud<{ properties: { mlFlowTrackingUri?: string } }>(
      { route },
      { root: projectRoot },
    );
    return found.properties.mlFlowTrackingUri;
  } catch (error) {
    if (error instanceof LocalCloudError) return undefined;
    throw error;
  }
}

/** Names from the stack's outputs. None before the first `up`, or when the state cannot be read. */
async function workspaceNames(
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<{ resourceGroupName?: string; workspaceName?: string }> {
  try {
    const { snapshot } = await openStack(projectRoot, stack, env);
    return stackOutputsOf(snapshot) as { resourceGroupName?: string; workspaceName?: string };
  } catch {
    return {};
  }
}

/** Exports of what differs from the caller's environment, and `unset` for variables to remove. */
function shellExports(env: NodeJS.ProcessEnv): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const set = Object.entries(env)
    .filter(([name, value]) => name !== "PATH" && value !== undefined && process.env[name] !== value)
    .map(([name, value]) => `export ${name}=${quote(value ?? "")}`);
  const unset = Object.keys(process.env)
    .filter((name) => !(name in env))
    .map((name) => `unset ${name}`);
  // In front of the caller's own PATH, because npm has added folders to ours.
  const plugins = `export PATH=${quote(path.join(projectRoot, "local", "plugins", "bin"))}:"$PATH"`;
  return `${[...unset, ...set, plugins].sort().join("\n")}\n`;
}

runMain(main);
