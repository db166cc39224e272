import { azureOptions } from "../../azureml/clients/clouds";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { embeddedConfig, hasFileBackend } from "./engines/embedded";
import { pulumiConfig } from "./engines/pulumiCli";
import { projectRoot } from "./localStack";

/** A project's directory, and the environment that chooses its backend. */
export interface StackPlace {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

const ownPlace = (): StackPlace => ({ cwd: projectRoot, env: process.env });

/**
 * The cloud and the identity that a stack's own settings choose, from whatever engine keeps them.
 * @param stack default: the environment variables alone choose.
 * @param place default: this process's own.
 * @returns also the stack's subscription, if one is set.
 */
export async function openStackSession(
  stack: string | undefined,
  place: StackPlace = ownPlace(),
): Promise<{ session: AzureSession; subscriptionId: string | undefined }> {
  const options = azureOptions(stack === undefined ? () => undefined : await settingsOf(stack, place));
  return { session: await openSession(options), subscriptionId: options.settings.subscriptionId?.value };
}

/** A stack's settings by their full key, from whatever engine keeps them. */
export async function settingsOf(
  stack: string,
  { cwd, env }: StackPlace = ownPlace(),
): Promise<(key: string) => string | undefined> {
  const read = (await hasFileBackend(cwd, env)) ? embeddedConfig : pulumiConfig;
  return read(cwd, stack, env);
}
