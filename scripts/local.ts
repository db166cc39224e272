import * as path from "node:path";
import { cloudLogs, cloudStatus, resetCloud, stopCloud } from "../local/cloud/client/daemon";
import { localEnvironment } from "../local/cloud/client/environment";
import type { Inventory } from "../local/cloud/inventory";
import { cloudPort } from "../local/cloud/ports";
import { openStack, stackOutputsOf } from "../local/engine/open";
import { localStack, projectRoot } from "./lib/localStack";
import { clockCommand } from "./lib/clockCommand";
import { runMain } from "./lib/failure";
import { faultCommand } from "./lib/faultCommand";
import { requestsCommand } from "./lib/requestsCommand";

const usage = `npm run local -- <command>

  status            is it running, since when, what is in it, which of that would bill on Azure
  logs [--follow]   the local cloud's log
  stop              stop the background process; its state stays
  reset             stop it and delete its state, the stack's state and the prepared data
  clock …           what time it is there, and moving it on (npm run local -- clock --help)
  fault …           make something go wrong: add, list, clear (npm run local -- fault says more)
  requests [-n 20]  the last requests, with their correlation ids
  env               shell exports for other clients: eval "$(npm run --silent local -- env)"
`;

async function main(): Promise<number> {
  const [command, ...options] = process.argv.slice(2);
  switch (command) {
    case "status":
      return status(options.includes("--json"));
    case "logs":
      await cloudLogs({ root: projectRoot, follow: options.includes("--follow") || options.includes("-f") });
      return 0;
    case "stop":
      process.stdout.write(
        (await stopCloud({ root: projectRoot })) ? "local cloud stopped\n" : "local cloud was not running\n",
      );
      return 0;
    case "reset":
      await resetCloud({ root: projectRoot });
      process.stdout.write("local cloud stopped; its state is gone\n");
      return 0;
    case "clock":
      return clockCommand(options);
    case "requests":
      return requestsCommand(options);
    case "fault":
      return faultCommand(options);
    case "env":
      return printEnvironment();
    default:
      process.stderr.write(command === undefined ? usage : `unknown command "${command}"\n\n${usage}`);
      return command === undefined ? 0 : 2;
  }
}

/** What runs, what is in it and what of that would bill. */
async function status(json: boolean): Promise<number> {
  const found = await cloudStatus({ root: projectRoot });
  if (json) {
    process.stdout.write(`${JSON.stringify(found ?? { running: false }, null, 2)}\n`);
    return 0;
  }
  if (!found) {
    process.stdout.write("local cloud: not running (`npm start` or any stack command starts it)\n");
    return 0;
  }
  const { status: now, inventory } = found;
  const lines = [
    `local cloud: running since ${now.startedAt} (pid ${now.pid}), ports ${Object.values(now.ports).join(", ")}, profile ${now.profile}`,
    `requests: ${now.requests.total}, of them writes: ${now.requests.writes}`,
    `jobs running: ${now.runningJobs.map(({ name, status }) => `${name} (${status})`).join(", ") || "none"}`,
    ...Object.entries(now.resources).map(([type, count]) => `  ${String(count).padStart(3)}  ${type}`),
    ...billedThings(inventory),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function billedThings(inventory: Inventory): string[] {
  if (inventory.empty) return ["billed things: none"];
  const { clusters, endpoints, deployments, jobs, workspaces, standing } = inventory;
  return [
    "billed things (what each would cost on Azure while it is there):",
    ...clusters.map(
      ({ name, vmSize, nodes }) => `  cluster ${name}: ${String(nodes)} nodes of ${String(vmSize)}`,
    ),
    ...endpoints.map(({ name }) => `  endpoint ${name}`),
    ...deployments.map(
      ({ name, instanceType, instances }) =>
        `  deployment ${name}: ${String(instances)} × ${String(instanceType)}`,
    ),
    ...jobs.map(({ name, status: state }) => `  job ${name}: ${String(state)}`),
    ...workspaces.map(({ name }) => `  workspace ${name}`),
    ...standing.map(({ kind, name }) => `  ${kind} ${name}`),
  ];
}

/**
 * Everything another client needs. The variables the stack's own processes get, and for clients that look for nothing by
 * themselves: ARM endpoint, blob address pattern, and (once the stack is up) resource group and workspace, named as
 * Azure ML names them inside its jobs.
 */
async function printEnvironment(): Promise<number> {
  const env = localEnvironment(process.env, projectRoot);
  const outputs = await whereTheStackIs(env);
  const { resourceGroupName, workspaceName } = outputs;
  const text = shellExports({
    ...env,
    AZUREML_LOCAL_ARM_ENDPOINT: `https://${env["ARM_METADATA_HOSTNAME"] ?? ""}`,
    AZUREML_LOCAL_BLOB_PATTERN: `https://127.0.0.1:${cloudPort(process.env) + 2}/{account}/{container}/{blob}`,
    // curl prefers it to SSL_CERT_FILE.
    CURL_CA_BUNDLE: env["SSL_CERT_FILE"],
    AZUREML_ARM_SUBSCRIPTION: env["ARM_SUBSCRIPTION_ID"],
    ...(resourceGroupName && { AZUREML_ARM_RESOURCEGROUP: resourceGroupName }),
    ...(workspaceName && { AZUREML_ARM_WORKSPACE_NAME: workspaceName }),
  });
  process.stdout.write(
    workspaceName ? text : `# no resource group and workspace yet: npm start makes them\n${text}`,
  );
  return 0;
}

/** Names from the stack's outputs; none before the first `up` or while the state cannot be read. */
async function whereTheStackIs(
  env: NodeJS.ProcessEnv,
): Promise<{ resourceGroupName?: string; workspaceName?: string }> {
  try {
    const { snapshot } = await openStack(projectRoot, localStack, env);
    return stackOutputsOf(snapshot) as { resourceGroupName?: string; workspaceName?: string };
  } catch {
    return {};
  }
}

/** Only what differs from the caller's own environment; variables to remove are unset. */
function shellExports(env: NodeJS.ProcessEnv): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const set = Object.entries(env)
    .filter(([name, value]) => name !== "PATH" && value !== undefined && process.env[name] !== value)
    .map(([name, value]) => `export ${name}=${quote(value ?? "")}`);
  const unset = Object.keys(process.env)
    .filter((name) => !(name in env))
    .map((name) => `unset ${name}`);
  // Put before the caller's own PATH: npm has added folders to ours that are nobody else's business.
  const plugins = `export PATH=${quote(path.join(projectRoot, "local", "plugins", "bin"))}:"$PATH"`;
  return `${[...unset, ...set, plugins].sort().join("\n")}\n`;
}

runMain(main);
