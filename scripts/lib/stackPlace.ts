import { existsSync } from "node:fs";
import { join } from "node:path";
import { localPassphrase } from "../../local/cloud/client/environment";
import { EngineError } from "../../local/engine/errors";
import { readStackSettings, type StackSettings } from "../../local/engine/project/config";
import { organization } from "../../local/engine/state/backend";
import { type Project, readProject, stackFile } from "../../local/engine/project/project";
import { openSecrets } from "../../local/engine/state/secrets";

/**
 * The name of the stack that `npm start` deploys, and the default of every command. It is on the local cloud also without a
 * salt in its file.
 */
export const localStack = "local";

interface FoundFile {
  project: Project;
  /** Its name without organization and project. */
  name: string;
  /** Undefined if it has no file, or one with mistakes that only the engine reports. */
  settings: StackSettings | undefined;
}

async function findFile(root: string, stack: string): Promise<FoundFile> {
  const project = await readProject(root);
  const name = stack.replace(`${organization}/${project.name}/`, "");
  const exists = existsSync(stackFile(project, name));
  const settings = exists ? await readStackSettings(project, name).catch(() => undefined) : undefined;
  return { project, name, settings };
}

/**
 * Whether a stack is on the local cloud. Its file shows it: `encryptionsalt` opens with the published passphrase of the local
 * cloud, as in every copy of Pulumi.local.yaml. The program itself does not know.
 */
export async function isOnLocalCloud(root: string, stack: string): Promise<boolean> {
  if (stack === localStack) return true;
  const { settings } = await findFile(root, stack);
  if (settings?.salt === undefined) return false;
  return openSecrets(settings.salt, localPassphrase).then(
    () => true,
    () => false,
  );
}

/** Operations on resources: they need a subscription. */
const onResources = /^(preview|up|update|refresh|destroy|down)$/;

/**
 * Refuses an operation on a stack of Azure while the environment does not say where its state and its subscription are.
 * @throws EngineError with the commands that set them, and those that run a stack on the local cloud instead. Its lines
 * have at most 80 characters.
 */
export async function checkAzureStack(
  root: string,
  stack: string,
  operation: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { project, name, settings } = await findFile(root, stack);
  // The engine reports an unknown stack with the names that exist, and a mistake in a file with its line.
  if (!settings) return;
  const backend = env.PULUMI_BACKEND_URL || project.backendUrl;
  const missing: string[] = [];
  if (!backend) missing.push("state backend");
  else if (backend.startsWith("file://") && !hasPassphrase(env)) missing.push("passphrase");
  const isOnResources = onResources.test(operation);
  if (isOnResources && !env.ARM_SUBSCRIPTION_ID && !settings.values["azure-native:subscriptionId"])
    missing.push("subscription");
  const needsCli = backend !== undefined && !backend.startsWith("file://");
  if (missing.length === 0 && !needsCli) return;
  const command = isOnResources ? operation : "preview";
  throw new EngineError("usage", advice({ root, name, command, missing, needsCli }));
}

const hasPassphrase = (env: NodeJS.ProcessEnv): boolean =>
  env.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(env.PULUMI_CONFIG_PASSPHRASE_FILE);

interface Advice {
  root: string;
  name: string;
  command: string;
  missing: string[];
  needsCli: boolean;
}

function advice({ root, name, command, missing, needsCli }: Advice): string {
  const copy = `${name}-local`;
  const isMissing = (what: string): boolean => missing.includes(what);
  const reason = needsCli
    ? "Its state backend needs the Pulumi CLI."
    : isMissing("state backend")
      ? "The embedded engine keeps state in files (file://) only."
      : "";
  const commands = [
    "az login",
    isMissing("subscription") && "export ARM_SUBSCRIPTION_ID=<id>",
    isMissing("state backend") && 'pulumi login "azblob://<container>?storage_account=<account>"',
    isMissing("passphrase") && "export PULUMI_CONFIG_PASSPHRASE=<passphrase>",
    isMissing("passphrase") ? `npm run ${command} -- --stack ${name}` : `pulumi ${command} --stack ${name}`,
  ];
  return [
    `stack ${name} is on Azure.${missing.length > 0 ? ` Not set: ${missing.join(", ")}.` : ""}`,
    `${reason} On Azure:`.trimStart(),
    "",
    ...commands.filter((line) => line !== false).map((line) => `  ${line}`),
    "",
    `\`npm run bootstrap -- --environment ${name}\` prepares an empty subscription.`,
    "A stack on the local cloud instead:",
    "",
    ...(existsSync(join(root, `Pulumi.${copy}.yaml`)) ? [] : [`  cp Pulumi.local.yaml Pulumi.${copy}.yaml`]),
    `  npm run ${command} -- --stack ${copy}`,
  ].join("\n");
}
