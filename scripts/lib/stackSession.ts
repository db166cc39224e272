import { azureOptions } from "../../azureml/clients/clouds";
import { type AzureSession, openSession } from "../../azureml/clients/session";
import { embeddedConfig, hasFileBackend } from "./engines/embedded";
import { pulumiConfig } from "./engines/pulumiCli";
import { projectRoot } from "./localStack";

/**
 * The cloud and the identity that a stack's own settings choose, from whatever engine keeps them.
 * @param stack default: the environment variables alone choose.
 * @returns also the stack's subscription, if one is set.
 */
export async function openStackSession(
  stack: string | undefined,
): Promise<{ session: AzureSession; subscriptionId: string | undefined }> {
  const options = azureOptions(stack === undefined ? () => undefined : await settingsOf(stack));
  return { session: await openSession(options), subscriptionId: options.settings.subscriptionId?.value };
}

/** A stack's settings by their full key, from whatever engine keeps them. */
export async function settingsOf(stack: string): Promise<(key: string) => string | undefined> {
  const read = (await hasFileBackend(projectRoot, process.env)) ? embeddedConfig : pulumiConfig;
  return read(projectRoot, stack, process.env);
}
